import { isBuiltin } from "node:module";
import { parseSync, Visitor, type VisitorObject } from "oxc-parser";
import type { Finding } from "./finding.ts";

type Node<K extends keyof VisitorObject> = Parameters<NonNullable<VisitorObject[K]>>[0];
type ClassNode = Node<"ClassDeclaration">;
type Place = { readonly start: number; readonly end: number };

/** What must be known of the commit around a module. */
export interface Surroundings {
  /** Whether a repository path is a file of the commit. */
  readonly isFile: (path: string) => boolean;
  /** Names that a module of the commit exports as types only. */
  readonly typesOf: (path: string) => ReadonlySet<string>;
}

/** Functions given to these are shipped as text: what they capture is written out with them. */
const shipping = /^(CallbackFunction|EventSubscription|on[A-Z]\w*|subscribe|serializeFunction)$/;

function lineAt(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < position; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

const isFatal = (severity: string): boolean => severity === "Error";

/** `from`'s folder plus a relative path, as a repository path. */
function joined(from: string, relative: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of relative.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

function calledName(callee: Node<"CallExpression">["callee"]): string {
  if (callee.type === "Identifier") return callee.name;
  return callee.type === "MemberExpression" && callee.property.type === "Identifier" ? callee.property.name : "";
}

/** Fields that the class's own constructor sets by name. */
function setInConstructor(node: ClassNode, text: string): ReadonlySet<string> {
  const own = node.body.body.find((member) => member.type === "MethodDefinition" && member.kind === "constructor");
  if (own === undefined) return new Set();
  return new Set([...text.slice(own.start, own.end).matchAll(/\bthis\.([\w$]+)\s*=[^=]/g)].map((match) => match[1] ?? ""));
}

class Look {
  readonly findings: Finding[] = [];
  readonly #path: string;
  readonly #text: string;
  readonly #around: Surroundings;
  /** Namespaces of Node's own modules, and where functions stand that are shipped as text. */
  readonly #namespaces = new Map<string, string>();
  readonly #shipped: Place[] = [];
  readonly #named: { readonly name: string; readonly start: number }[] = [];

  constructor(path: string, text: string, around: Surroundings) {
    this.#path = path;
    this.#text = text;
    this.#around = around;
  }

  say(start: number, what: string, todo: string): void {
    this.findings.push({ level: "warning", at: `${this.#path}:${lineAt(this.#text, start)}`, what, todo });
  }

  fields(node: ClassNode): void {
    if (node.superClass === null) return;
    const set = setInConstructor(node, this.#text);
    for (const member of node.body.body) {
      if (member.type !== "PropertyDefinition" || member.static || member.declare || member.value !== null || member.computed) continue;
      if (member.key.type !== "Identifier" || set.has(member.key.name)) continue;
      const { name } = member.key;
      this.say(member.start, `the field ${name} would be reset to undefined after the base class has set it`, `Write: declare ${name}`);
    }
  }

  imported(node: Node<"ImportDeclaration">): void {
    if (node.importKind === "type") return;
    this.specifier(node.start, node.source.value);
    const target = node.source.value.startsWith(".") ? joined(this.#path, node.source.value) : undefined;
    for (const one of node.specifiers) {
      if (one.type === "ImportNamespaceSpecifier" && isBuiltin(node.source.value)) this.#namespaces.set(one.local.name, node.source.value);
      if (one.type !== "ImportSpecifier" || one.importKind === "type" || target === undefined || one.imported.type !== "Identifier") continue;
      const { name } = one.imported;
      if (this.#around.typesOf(target).has(name)) this.say(one.start, `${name} is a type, and gone when the program runs`, `Write: import { type ${name} }`);
    }
  }

  /** Node takes a relative specifier as it is written. */
  specifier(start: number, specifier: string): void {
    if (!/^\.{1,2}(\/|$)/.test(specifier)) return;
    const path = joined(this.#path, specifier);
    if (this.#around.isFile(path)) return;
    const stem = path.replace(/\.[mc]?js$/, "");
    const meant = [`${stem}.ts`, `${stem}.mts`, `${stem}.cts`, `${path}.ts`, `${path}/index.ts`].find((candidate) => this.#around.isFile(candidate));
    // What leads nowhere at all fails in every way of running: planning says so.
    if (meant !== undefined)
      this.say(start, `"${specifier}" is no file; it is meant for ${meant}`, `Write the file's own name: ${meant.slice(meant.lastIndexOf("/") + 1)}`);
  }

  shipped(node: Node<"CallExpression"> | Node<"NewExpression">): void {
    if (shipping.test(calledName(node.callee))) this.#shipped.push(...node.arguments.map(({ start, end }) => ({ start, end })));
  }

  captured(): void {
    const seen = new Set<string>();
    for (const { name, start } of this.#named) {
      const module = this.#namespaces.get(name);
      if (module === undefined || seen.has(name) || !this.#shipped.some((place) => place.start < start && start < place.end)) continue;
      seen.add(name);
      this.say(
        start,
        `a function that is shipped as text captures all of ${module} as ${name}, which cannot be written out`,
        `Write: import ${name} from "${module}"`,
      );
    }
  }

  handlers(): VisitorObject {
    const instead = "Plain Node strips types and writes no code for this. ";
    return {
      ClassDeclaration: (node) => this.fields(node),
      ClassExpression: (node) => this.fields(node),
      ImportDeclaration: (node) => this.imported(node),
      ExportNamedDeclaration: (node) => void (node.source !== null && node.exportKind !== "type" && this.specifier(node.start, node.source.value)),
      ExportAllDeclaration: (node) => void (node.exportKind !== "type" && this.specifier(node.start, node.source.value)),
      CallExpression: (node) => this.shipped(node),
      NewExpression: (node) => this.shipped(node),
      Identifier: (node) => void this.#named.push({ name: node.name, start: node.start }),
      TSEnumDeclaration: (node) =>
        void (node.declare || this.say(node.start, `enum ${node.id.name}`, `${instead}Use a const object and a union of its values.`)),
      TSModuleDeclaration: (node) =>
        void (node.declare || node.id.type !== "Identifier" || this.say(node.start, `namespace ${node.id.name}`, `${instead}Use a module of its own.`)),
      TSParameterProperty: (node) =>
        this.say(node.start, "a constructor parameter that is a field too", `${instead}Declare the field and set it in the constructor.`),
      TSImportEqualsDeclaration: (node) => void (node.importKind === "type" || this.say(node.start, "import … = …", `${instead}Use import … from.`)),
      TSExportAssignment: (node) => this.say(node.start, "export = …", `${instead}Use export default.`),
      Decorator: (node) => this.say(node.start, "a decorator", `${instead}Call the function yourself.`),
    };
  }
}

/**
 * What of one module plain `pulumi` with `typescript: false` (Node's own type stripping) would run differently than TypeScript means it, or not
 * at all. trueup's own program host runs all of it. A text that does not parse is an error.
 */
export function strippingFaults(path: string, text: string, around: Surroundings): readonly Finding[] {
  const parsed = parseSync(path, text);
  const fatal = parsed.errors.find(({ severity }) => isFatal(severity));
  if (fatal !== undefined) {
    const at = `${path}:${lineAt(text, fatal.labels[0]?.start ?? 0)}`;
    return [{ level: "error", at, what: fatal.message.split("\n")[0] ?? "it does not parse", todo: "Correct the syntax." }];
  }
  const look = new Look(path, text, around);
  new Visitor(look.handlers()).visit(parsed.program);
  look.captured();
  return look.findings;
}

/** Names that a module exports and that are types only. */
export function exportedTypes(path: string, text: string): ReadonlySet<string> {
  const found = new Set<string>();
  new Visitor({
    ExportNamedDeclaration: ({ declaration, exportKind, specifiers }) => {
      if (declaration?.type === "TSInterfaceDeclaration" || declaration?.type === "TSTypeAliasDeclaration") found.add(declaration.id.name);
      if (exportKind !== "type") return;
      for (const { exported } of specifiers) if (exported.type === "Identifier") found.add(exported.name);
    },
  }).visit(parseSync(path, text).program);
  return found;
}
