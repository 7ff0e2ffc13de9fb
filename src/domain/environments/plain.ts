import type { Json } from "./environment.ts";

/** A place inside a declaration that is wrong: `path` as a person would write it (`stacks.shop.args.count`), "" for the whole. */
export interface Finding {
  readonly path: string;
  readonly what: string;
  /** What to do about it, one sentence. */
  readonly todo: string;
}

const deepest = 64;
/** Values in one declaration. Small lists that share members can unfold without end. */
const mostValues = 200_000;
const identifier = /^[A-Za-z_$][\w$]*$/;

/** `stacks.shop.verify[0].http`; keys that are no identifiers are quoted unless they are names of stacks (dashes are read well enough). */
export function pathText(parts: readonly PropertyKey[]): string {
  let text = "";
  for (const part of parts) {
    if (typeof part === "number") text += `[${part}]`;
    else if (identifier.test(String(part)) || /^[A-Za-z][\w-]*$/.test(String(part))) text += text === "" ? String(part) : `.${String(part)}`;
    else text += `[${JSON.stringify(String(part))}]`;
  }
  return text;
}

function primitiveRefusal(value: unknown): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? undefined : `is ${value}, which is no plain number`;
  return ["string", "boolean", "undefined"].includes(typeof value) ? undefined : `is a ${typeof value}, not plain data`;
}

function refusal(value: unknown, depth: number, above: ReadonlySet<object>): string | undefined {
  if (value === null) return undefined;
  if (typeof value !== "object") return primitiveRefusal(value);
  if (above.has(value)) return "contains itself";
  if (depth > deepest) return `is nested deeper than ${deepest} levels`;
  if (Array.isArray(value)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Objects of another realm (a vm, a JSON module) have their own Object.prototype: only the shape counts.
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain ? undefined : `is a ${value.constructor?.name ?? "class instance"}, not plain data`;
}

/**
 * The same value as JSON holds it, frozen, or the first thing in it that JSON cannot hold (functions, cycles, class instances, NaN).
 * Keys whose value is undefined are left out.
 */
export function plainData(value: unknown): { readonly data: Json } | { readonly finding: Finding } {
  const above = new Set<object>();
  let finding: Finding | undefined;
  let values = 0;
  const copy = (from: unknown, parts: readonly PropertyKey[]): Json => {
    if (finding !== undefined) return null;
    values += 1;
    const why = values > mostValues ? `holds more than ${mostValues} values` : refusal(from, parts.length, above);
    if (why !== undefined) {
      finding = { path: pathText(parts), what: `${pathText(parts) || "it"} ${why}`, todo: "Write text, numbers, booleans, lists and plain objects only." };
      return null;
    }
    // JSON knows no negative zero.
    if (from === 0) return 0;
    if (typeof from !== "object" || from === null) return (from ?? null) as Json;
    above.add(from);
    const result = Array.isArray(from)
      ? from.map((each, index) => copy(each, [...parts, index]))
      : Object.fromEntries(
          Object.entries(from)
            .filter(([, each]) => each !== undefined)
            .map(([key, each]) => [key, copy(each, [...parts, key])]),
        );
    above.delete(from);
    return Object.freeze(result);
  };
  const data = copy(value, []);
  return finding === undefined ? { data } : { finding };
}
