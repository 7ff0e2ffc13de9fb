import { didYouMean, Problem } from "../base/problem/index.ts";
import type { StackProgram } from "../declare/index.ts";
import type { Selection } from "./selection.ts";

/** Schemas nest; deeper than this nobody writes arguments, and recursive schemas must end. */
const deepest = 32;

interface SchemaShape {
  readonly type?: string;
  readonly shape?: Readonly<Record<string, { readonly def: SchemaShape }>>;
  readonly catchall?: { readonly def: SchemaShape };
  readonly innerType?: { readonly def: SchemaShape };
  readonly in?: { readonly def: SchemaShape };
  readonly element?: { readonly def: SchemaShape };
  readonly valueType?: { readonly def: SchemaShape };
}

interface UnknownKey {
  readonly path: readonly PropertyKey[];
  readonly known: readonly string[];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bare(schema: SchemaShape | undefined): SchemaShape | undefined {
  let at = schema;
  for (let depth = 0; depth < deepest && at !== undefined; depth++) {
    const inner: SchemaShape | undefined = at.innerType?.def ?? (at.type === "pipe" ? at.in?.def : undefined);
    if (inner === undefined) return at;
    at = inner;
  }
  return at;
}

/**
 * The first key that an object schema does not know. zod drops such keys without a word; an argument that has no effect is a mistake.
 * Unions are left to zod: which side was meant is not ours to guess.
 */
function unknownKey(outer: SchemaShape | undefined, value: unknown, path: readonly PropertyKey[]): UnknownKey | undefined {
  const schema = bare(outer);
  if (schema === undefined || path.length > deepest) return undefined;
  if (Array.isArray(value)) return firstOf(value.map((item, index) => unknownKey(schema.element?.def, item, [...path, index])));
  if (!isRecord(value)) return undefined;
  if (schema.type === "record") return firstOf(Object.entries(value).map(([key, item]) => unknownKey(schema.valueType?.def, item, [...path, key])));
  const { shape } = schema;
  if (schema.type !== "object" || shape === undefined) return undefined;
  const isOpen = schema.catchall !== undefined && schema.catchall.def.type !== "never";
  const stranger = isOpen ? undefined : Object.keys(value).find((key) => !Object.hasOwn(shape, key));
  if (stranger !== undefined) return { path: [...path, stranger], known: Object.keys(shape) };
  return firstOf(Object.entries(value).map(([key, item]) => unknownKey(Object.hasOwn(shape, key) ? shape[key]?.def : undefined, item, [...path, key])));
}

function firstOf<T>(values: readonly (T | undefined)[]): T | undefined {
  return values.find((value) => value !== undefined);
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
}

function wrong({ file, stackName }: Pick<Selection, "file" | "stackName">, path: readonly PropertyKey[], facts: { what: string; todo: string }): Problem {
  return new Problem("ARGS_INVALID", { ...facts, on: `${file}, stacks.${stackName}.args${pathText(path)}` });
}

/** The arguments of the selected stack, checked and completed by its own schema. Throws ARGS_INVALID that names file, path and the nearest known key. */
export function checkedArguments(schema: StackProgram["args"], selection: Pick<Selection, "entry" | "file" | "stackName">): unknown {
  const given: unknown = selection.entry.args ?? {};
  // Only the plain description of the schema is read: it may come from another copy of zod than ours.
  const unknown = unknownKey((schema as { readonly def: SchemaShape }).def, given, []);
  if (unknown !== undefined) {
    const key = String(unknown.path.at(-1));
    throw wrong(selection, unknown.path, {
      what: `the program takes no argument "${key}".${didYouMean(key, unknown.known)}`,
      todo: `Known here: ${unknown.known.join(", ") || "nothing"}.`,
    });
  }
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const others = result.error.issues.length - 1;
  throw wrong(selection, issue?.path ?? [], {
    what: `a wrong argument: ${issue?.message ?? "refused"}${others > 0 ? ` (and ${others} more)` : ""}`,
    todo: `Correct it in ${selection.file}; the stack's schema is in ${selection.entry.path}.`,
  });
}
