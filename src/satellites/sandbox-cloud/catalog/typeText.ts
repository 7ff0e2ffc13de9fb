import type { Member, Members, Shape } from "./shape.ts";

const words = /\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\[key: string\]|[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*|-?\d+(?:\.\d+)?|=>|.)/gy;
const any: Shape = { kind: "any" };
const primitives: Readonly<Record<string, Shape>> = {
  string: { kind: "text" },
  number: { kind: "number" },
  boolean: { kind: "boolean" },
  true: { kind: "literal", value: true },
  false: { kind: "literal", value: false },
};
const wrappers = new Set(["pulumi.Output", "pulumi.Input", "Promise", "pulumi.OutputInstance"]);

/** Reads the type expressions that generated declarations use; what it does not know becomes `any`. */
class TypeReader {
  readonly #tokens: readonly string[];
  #at = 0;
  constructor(text: string) {
    this.#tokens = [...text.matchAll(words)].map((match) => match[1] ?? "").filter((word) => word.trim() !== "");
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #take(expected?: string): string | undefined {
    const word = this.#tokens[this.#at];
    if (expected !== undefined && word !== expected) return undefined;
    this.#at++;
    return word;
  }

  union(): Member {
    let optional = false;
    let first: Shape | undefined;
    this.#take("|");
    do {
      const part = this.#postfix();
      if (part === undefined) optional = true;
      else {
        optional ||= part.optional;
        // A union of literals or an enum beside string is text; else the first alternative decides.
        first = first === undefined ? part.shape : first.kind === "literal" && part.shape.kind === "literal" ? { kind: "text" } : first;
      }
    } while (this.#take("|") !== undefined);
    return { shape: first ?? any, optional };
  }

  #postfix(): Member | undefined {
    let part = this.#primary();
    while (part !== undefined && this.#peek() === "[" && this.#tokens[this.#at + 1] === "]") {
      this.#at += 2;
      part = { shape: { kind: "list", of: part.shape }, optional: false };
    }
    return part;
  }

  #primary(): Member | undefined {
    const word = this.#take();
    if (word === undefined || word === "undefined" || word === "null") return undefined;
    if (word === "(") {
      const inner = this.union();
      this.#take(")");
      return inner;
    }
    if (word === "{") return { shape: this.#braces(), optional: false };
    if (/^["']/.test(word)) return { shape: { kind: "literal", value: word.slice(1, -1) }, optional: false };
    if (/^-?\d/.test(word)) return { shape: { kind: "literal", value: Number(word) }, optional: false };
    if (this.#peek() === "<") return this.#generic(word);
    return { shape: named(word), optional: false };
  }

  #generic(word: string): Member {
    this.#take("<");
    const parts = [this.union()];
    while (this.#take(",") !== undefined) parts.push(this.union());
    this.#take(">");
    const last = parts.at(-1) ?? { shape: any, optional: false };
    if (wrappers.has(word)) return last;
    if (word === "Record") return { shape: { kind: "map", of: last.shape }, optional: false };
    return { shape: word === "Array" ? { kind: "list", of: last.shape } : any, optional: false };
  }

  #braces(): Shape {
    const members: Record<string, Member> = {};
    let map: Shape | undefined;
    while (this.#peek() !== undefined && this.#take("}") === undefined) {
      const name = this.#take() ?? "";
      if (name === "readonly" && this.#peek() !== ":") continue;
      if (name === ";" || name === ",") continue;
      const optional = this.#take("?") !== undefined;
      if (this.#take(":") === undefined) continue;
      const member = this.union();
      if (name === "[key: string]") map = member.shape;
      else members[name.replaceAll(/["']/g, "")] = { shape: member.shape, optional: optional || member.optional };
    }
    return map === undefined ? { kind: "object", members } : { kind: "map", of: map };
  }
}

function named(word: string): Shape {
  const primitive = primitives[word];
  if (primitive !== undefined) return primitive;
  if (word.startsWith("outputs.")) return { kind: "ref", side: "output", name: word.slice(8) };
  if (word.startsWith("inputs.")) return { kind: "ref", side: "input", name: word.slice(7) };
  const foreign = /^(?:pulumiAws|aws)\.(\w+)\.([A-Z]\w*)$/.exec(word);
  if (foreign !== null)
    return {
      kind: "ref",
      side: "output",
      name: `@aws:${foreign[1]}/${(foreign[2] ?? "").slice(0, 1).toLowerCase()}${(foreign[2] ?? "").slice(1)}:${foreign[2]}`,
    };
  if (word.startsWith("enums.") || word.startsWith("pulumi.ID") || word === "pulumi.URN") return { kind: "text" };
  if (word.startsWith("pulumi.asset.")) return { kind: "asset" };
  return any;
}

const comments = /\/\*[\s\S]*?\*\//g;

/** The members of `{ … }`, comments and all. */
export function membersOf(braces: string): Members {
  const shape = new TypeReader(braces.replaceAll(comments, "")).union().shape;
  return shape.kind === "object" ? shape.members : {};
}

export function typeOf(text: string): Member {
  return new TypeReader(text).union();
}

/** The text from the `{` after `from` to its closing brace, or undefined. Comments hold braces: give text without them. */
export function bracesAfter(text: string, from: number): string | undefined {
  const start = text.indexOf("{", from);
  if (start < 0) return undefined;
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text[i] === "{") depth++;
    else if (text[i] === "}" && --depth === 0) return text.slice(start, i + 1);
  }
  return undefined;
}

export function withoutComments(text: string): string {
  return text.replaceAll(comments, "");
}
