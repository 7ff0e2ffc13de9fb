import { parseSync, Visitor, type VisitorObject } from "oxc-parser";
import type { Mention, ModuleFacts } from "./facts.ts";
import { ReadsOfStacks } from "./reads.ts";

type Handlers = VisitorObject;
type Node<K extends keyof Handlers> = Parameters<NonNullable<Handlers[K]>>[0];
type Call = Node<"CallExpression">;
type Argument = Call["arguments"][number];

/** A string that the text says in full, or undefined. */
function literal(node: Argument | null | undefined): string | undefined {
  if (node?.type === "Literal" && typeof node.value === "string") return node.value;
  if (node?.type === "TemplateLiteral" && node.expressions.length === 0) return node.quasis[0]?.value.cooked ?? undefined;
  return undefined;
}

/** Folder part of a template's fixed beginning: `./charts/${name}` is about something in ./charts/. */
function fixedFolder(node: Node<"TemplateLiteral">): string | undefined {
  const start = node.quasis[0]?.value.cooked ?? "";
  const end = start.lastIndexOf("/");
  return end < 0 ? undefined : start.slice(0, end);
}

function looksLikePath(text: string): boolean {
  return text.length <= 200 && /[/.]/.test(text) && !/[\s:*?"<>|{}]/.test(text) && !/^[./]*$/.test(text) && !text.startsWith("/");
}

function isOwnFolder(node: Argument | undefined): boolean {
  if (node?.type === "Identifier") return node.name === "__dirname";
  return node?.type === "MemberExpression" && node.object.type === "MetaProperty" && node.property.type === "Identifier" && node.property.name === "dirname";
}

function calledName(callee: Call["callee"]): string | undefined {
  if (callee.type === "Identifier") return callee.name;
  if (callee.type === "MemberExpression" && callee.property.type === "Identifier") return callee.property.name;
  return undefined;
}

/** `join(import.meta.dirname, "..", "charts", name)` → "../charts": the parts before the first that the text does not say. */
function joinedPath(call: Call): string | undefined {
  const name = calledName(call.callee);
  if ((name !== "join" && name !== "resolve") || !isOwnFolder(call.arguments[0])) return undefined;
  const parts: string[] = ["."];
  for (const argument of call.arguments.slice(1)) {
    const text = literal(argument);
    if (text === undefined) break;
    parts.push(text);
  }
  return parts.join("/");
}

class Scan {
  readonly imports: Mention[] = [];
  readonly typeImports: Mention[] = [];
  readonly paths: Mention[] = [];
  readonly computed: Mention[] = [];
  readonly references: string[] = [];
  readonly reads = new ReadsOfStacks();
  /** Where literals stand that name modules or types: import specifiers are judged as imports, types are gone when the program runs. */
  readonly #notPaths = new Set<number>();
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }

  at(node: { readonly start: number }, text: string): Mention {
    let line = 1;
    for (let i = this.#text.indexOf("\n"); i >= 0 && i < node.start; i = this.#text.indexOf("\n", i + 1)) line++;
    return { text, line };
  }

  source(
    node: { readonly start: number; readonly source: { readonly start: number; readonly value: string } | null },
    kind: "type" | "value" | null | undefined,
  ): void {
    if (node.source === null) return;
    this.#notPaths.add(node.source.start);
    (kind === "type" ? this.typeImports : this.imports).push(this.at(node, node.source.value));
  }

  loaded(node: { readonly start: number }, what: Argument | undefined, form: string): void {
    const text = literal(what);
    if (text !== undefined && what !== null && what !== undefined) this.#notPaths.add(what.start);
    if (text !== undefined) this.imports.push(this.at(node, text));
    else this.computed.push(this.at(node, form));
  }

  call(node: Call): void {
    const { callee } = node;
    const isRequire = callee.type === "Identifier" && callee.name === "require";
    const isResolve =
      callee.type === "MemberExpression" && callee.object.type === "Identifier" && callee.object.name === "require" && calledName(callee) === "resolve";
    if (isRequire || isResolve) this.loaded(node, node.arguments[0], "require() of a computed name");
    const joined = joinedPath(node);
    if (joined !== undefined) this.paths.push(this.at(node, joined));
    const name = calledName(callee);
    if (callee.type === "MemberExpression" && name === "stack") this.reads.stackCalled(node.end, literal(node.arguments[0]));
    if (callee.type === "MemberExpression" && name === "output") this.reads.outputCalled(callee.object, literal(node.arguments[0]));
  }

  handlers(): Handlers {
    return {
      ImportDeclaration: (node) => this.source(node, node.importKind),
      ExportNamedDeclaration: (node) => this.source(node, node.exportKind),
      ExportAllDeclaration: (node) => this.source(node, node.exportKind),
      ImportExpression: (node) => this.loaded(node, node.source, "import() of a computed name"),
      TSImportEqualsDeclaration: (node) => {
        if (node.moduleReference.type !== "TSExternalModuleReference") return;
        this.source({ start: node.start, source: node.moduleReference.expression }, node.importKind);
      },
      CallExpression: (node) => this.call(node),
      NewExpression: (node) => {
        if (calledName(node.callee) !== "StackReference") return;
        const name = literal(node.arguments[0]);
        if (name !== undefined) this.references.push(name);
      },
      VariableDeclarator: (node) => {
        if (node.id.type === "Identifier" && node.init !== null) this.reads.bound(node.id, node.init);
      },
      Identifier: (node) => this.reads.named(node.start, node.name),
      TSImportType: (node) => void this.#notPaths.add(node.source.start),
      TSLiteralType: (node) => void this.#notPaths.add(node.literal.start),
      Literal: (node) => {
        if (typeof node.value === "string" && looksLikePath(node.value) && !this.#notPaths.has(node.start)) this.paths.push(this.at(node, node.value));
      },
      TemplateLiteral: (node) => {
        const text = node.expressions.length === 0 ? literal(node) : fixedFolder(node);
        if (text !== undefined && looksLikePath(text)) this.paths.push(this.at(node, text));
      },
    };
  }
}

/** Reads one module's text. Never throws: a text that does not parse is itself something that cannot be followed. */
export function scanModule(path: string, text: string): ModuleFacts {
  const parsed = parseSync(path, text);
  const scan = new Scan(text);
  const fatal = parsed.errors.find((error) => error.severity === "Error");
  if (fatal !== undefined) scan.computed.push(scan.at({ start: fatal.labels[0]?.start ?? 0 }, `a syntax error: ${fatal.message.split("\n")[0]}`));
  else new Visitor(scan.handlers()).visit(parsed.program);
  const { imports, typeImports, paths, computed, references } = scan;
  return { imports, typeImports, paths, computed, references, reads: scan.reads.found() };
}
