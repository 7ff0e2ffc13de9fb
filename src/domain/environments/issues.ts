import { z } from "zod";
import { didYouMean } from "../../base/problem/index.ts";
import { pathText, plainData, type Finding } from "./plain.ts";

type Parsed<T> = { readonly value: T } | { readonly findings: readonly [Finding, ...Finding[]] };

function bare(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodNullable) inner = inner.unwrap();
  return inner;
}

function childOf(schema: unknown, key: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return schema.shape[String(key)];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  if (schema instanceof z.ZodArray) return schema.element;
  return undefined;
}

function optionOf(schema: z.ZodDiscriminatedUnion, value: unknown): unknown {
  const { discriminator } = schema.def;
  const chosen = (value as Record<string, unknown> | undefined)?.[discriminator];
  return schema.options.find((option) => option instanceof z.ZodObject && option.shape[discriminator]?.safeParse(chosen).success === true);
}

/** The keys that a schema knows at a path; the value decides which side of a union counts. */
function knownKeys(schema: unknown, value: unknown, path: readonly PropertyKey[]): string[] {
  let at = bare(schema);
  let here = value;
  for (let depth = 0; depth <= path.length; depth++) {
    if (at instanceof z.ZodDiscriminatedUnion) at = optionOf(at, here);
    const key = path[depth];
    if (key === undefined) break;
    at = bare(childOf(at, key));
    here = (here as Record<PropertyKey, unknown> | undefined)?.[key];
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const key of path) here = typeof here === "object" && here !== null ? (here as Record<PropertyKey, unknown>)[key] : undefined;
  return here;
}

function unknownKey(schema: unknown, value: unknown, issue: { readonly path: PropertyKey[]; readonly keys: readonly string[] }): Finding {
  const key = issue.keys[0] ?? "";
  const known = knownKeys(schema, value, issue.path);
  // The tag that stack() and project() set is not for people to write.
  const writable = known.filter((each) => each !== "kind");
  const path = pathText([...issue.path, key]);
  const todo = `${didYouMean(key, writable)} Known here: ${writable.join(", ") || "nothing"}.`.trim();
  return { path, what: `unknown key "${key}" at ${path}`, todo };
}

function wrongChoice(path: string, value: unknown, values: readonly unknown[]): Finding {
  const hint = typeof value === "string" ? didYouMean(value, values.map(String)) : "";
  return {
    path,
    what: value === undefined ? `${path} is missing` : `${path} is ${shown(value)}`,
    todo: `${hint} One of: ${values.map(String).join(", ")}.`.trim(),
  };
}

function finding(schema: unknown, value: unknown, issue: z.core.$ZodIssue): Finding {
  if (issue.code === "unrecognized_keys") return unknownKey(schema, value, issue);
  const path = pathText(issue.path);
  const at = valueAt(value, issue.path);
  if (issue.code === "invalid_value") return wrongChoice(path, at, issue.values);
  if (issue.code === "invalid_key") return { path, what: `${path}: ${issue.issues[0]?.message ?? "is no name"}`, todo: "Give it another name." };
  if (issue.code === "invalid_union" && issue.discriminator !== undefined) {
    return {
      path: pathText(issue.path.slice(0, -1)),
      what: `${pathText(issue.path.slice(0, -1))} is no stack`,
      todo: "Write stack<typeof program>(path, {...}) or project(folder, {...}).",
    };
  }
  if (issue.code === "invalid_type" && at === undefined) return { path, what: `${path} is missing`, todo: `Add it: ${String(issue.expected)}.` };
  if (issue.code === "custom") return { path, what: `${path}: ${issue.message}`, todo: "Correct it." };
  return { path, what: `${path} is ${shown(at)}: ${issue.message}`, todo: "Correct it." };
}

/** Parses raw data by a schema; what is wrong comes as findings that name the path and the nearest known key. Unknown keys come first. */
export function parse<T>(schema: z.ZodType<T>, raw: unknown): Parsed<T> {
  const plain = plainData(raw);
  if ("finding" in plain) return { findings: [plain.finding] };
  const result = schema.safeParse(plain.data);
  if (result.success) return { value: result.data };
  const sorted = [...result.error.issues].sort((a, b) => Number(b.code === "unrecognized_keys") - Number(a.code === "unrecognized_keys"));
  const [first, ...rest] = sorted.map((issue) => finding(schema, plain.data, issue));
  return { findings: [first ?? { path: "", what: "it is no declaration", todo: "Correct it." }, ...rest] };
}
