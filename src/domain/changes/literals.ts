import { isPair, isScalar, parseDocument, stringify, visit, type Scalar } from "yaml";
import type { Json } from "../environments/index.ts";

/** A value that stands in a file as it is, and the file with another in its place. */
export interface Literal {
  /** Where it stands, as a person would say it: `app.replicas`, `config.acme:size`, `line 12`. */
  readonly where: string;
  /** As it stands there, and what takes its place. */
  readonly from: string;
  readonly to: string;
  /** The whole file, with nothing else of it changed. */
  readonly text: string;
}

/** What a property was when it was applied, and what it is now. */
export interface Moved {
  readonly before: Json;
  readonly after: Json;
}

type Plain = string | number | boolean;

const isPlain = (value: unknown): value is Plain => typeof value === "string" || typeof value === "number" || typeof value === "boolean";

/** A text as a number or a boolean, only where writing that gives the same text again. */
function readAs(kind: "number" | "boolean", text: string): Plain | undefined {
  const value = kind === "number" ? Number(text) : text === "true";
  return String(value) === text && !Number.isNaN(value) ? value : undefined;
}

/**
 * What to write in place of a leaf, so that what was made of it becomes what is live; undefined when the leaf is not what the property was. A leaf may
 * be a number where the property is its text, and the other way round.
 */
export function inPlaceOf(leaf: unknown, { before, after }: Moved): Plain | undefined {
  if (!isPlain(leaf) || !isPlain(before) || !isPlain(after)) return undefined;
  if (leaf === before) return typeof after === typeof leaf ? after : undefined;
  if (String(leaf) !== String(before)) return undefined;
  if (typeof leaf === "string") return String(after);
  return typeof after === "string" ? readAs(typeof leaf === "number" ? "number" : "boolean", after) : undefined;
}

type Path = readonly unknown[];

function pathOf(key: unknown, path: Path): readonly string[] {
  const pairs = path.flatMap((node) => (isPair(node) && isScalar(node.key) ? [String(node.key.value)] : []));
  return typeof key === "number" ? [...pairs, String(key)] : pairs;
}

interface Leaf {
  readonly path: readonly string[];
  readonly node: Scalar;
  readonly range: readonly [from: number, to: number];
}

function leavesOf(text: string): readonly Leaf[] {
  const document = parseDocument(text);
  if (document.errors.length > 0) return [];
  const leaves: Leaf[] = [];
  visit(document, {
    Scalar(key, node, path) {
      const isBlock = node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED";
      if (key === "key" || isBlock || node.anchor !== undefined || !node.range) return;
      leaves.push({ path: pathOf(key, path), node, range: [node.range[0], node.range[1]] });
    },
  });
  return leaves;
}

function replaced(text: string, [from, to]: Leaf["range"], by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}

/** Those whose key is called like the property first: they are the likeliest. */
function nearest(path: string, literals: readonly { readonly key: string; readonly literal: Literal }[]): readonly Literal[] {
  const last = /([\w-]+)\W*$/.exec(path)?.[1] ?? path;
  const rank = (key: string): number => (key === last ? 0 : 1);
  return literals.toSorted((a, b) => rank(a.key) - rank(b.key)).map(({ literal }) => literal);
}

/** Values of a JSON file that may be where a property comes from. None of a file that is no JSON. */
export function jsonLiterals(text: string, moved: Moved, property: string): readonly Literal[] {
  try {
    JSON.parse(text);
  } catch {
    return [];
  }
  const found = leavesOf(text).flatMap(({ path, node, range }) => {
    const value = inPlaceOf(node.value, moved);
    if (value === undefined) return [];
    const to = JSON.stringify(value);
    const literal = { where: path.join("."), from: text.slice(...range), to, text: replaced(text, range, to) };
    return [{ key: path.at(-1) ?? "", literal }];
  });
  return nearest(property, found);
}

/** Plain values of a Pulumi config file, never encrypted ones. */
export function configLiterals(text: string, moved: Moved, property: string): readonly Literal[] {
  const found = leavesOf(text).flatMap(({ path, node, range }) => {
    if (path[0] !== "config" || path.includes("secure")) return [];
    const value = inPlaceOf(node.value, moved);
    const to = value === undefined ? "" : stringify(value, { lineWidth: 0 }).trim();
    if (to === "" || to.includes("\n")) return [];
    const literal = { where: path.join("."), from: text.slice(...range), to, text: replaced(text, range, to) };
    return [{ key: path.at(-1)?.split(":").at(-1) ?? "", literal }];
  });
  return nearest(property, found);
}

const scriptTokens = /\/\/[^\n]*|\/\*[^]*?\*\/|`(?:\\[^]|[^`\\])*`|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|(?<![\w$.])(?:\d+(?:\.\d+)?|true|false)(?![\w$.])/g;

function literalValue(token: string): Plain | undefined {
  if (token === "true" || token === "false") return token === "true";
  if (/^\d/.test(token)) return Number(token);
  const body = token.slice(1, -1);
  // An escape may be anything: such a text is left to people.
  return /^["']/.test(token) && !body.includes("\\") ? body : undefined;
}

/** Literals of a TypeScript file. They are tried and told, never written: no machine edits TypeScript. */
export function scriptLiterals(text: string, moved: Moved): readonly Literal[] {
  return [...text.matchAll(scriptTokens)].flatMap((match) => {
    const value = inPlaceOf(literalValue(match[0]), moved);
    if (value === undefined) return [];
    const to = JSON.stringify(value);
    const where = `line ${text.slice(0, match.index).split("\n").length}`;
    return [{ where, from: match[0], to, text: replaced(text, [match.index, match.index + match[0].length], to) }];
  });
}
