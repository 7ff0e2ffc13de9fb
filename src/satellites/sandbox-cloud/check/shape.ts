import { didYouMean } from "../../../base/problem/index.ts";
import type { Members, Shape } from "../catalog/shape.ts";
import { isList, isObject, type Json } from "../wire/json.ts";
import { isAsset, unknown } from "../wire/special.ts";
import type { CheckFacts, Failure } from "./failure.ts";

function describe(value: Json): string {
  if (isList(value)) return "a list";
  return isObject(value) ? "an object" : `the ${typeof value} ${JSON.stringify(value)}`;
}

/** Only what no cloud would take: text for an object, an object for text. Numbers and booleans may come as text. */
function mismatch(value: Json, shape: Shape): string | undefined {
  if (value === null || value === unknown || isAsset(value)) return undefined;
  const compound = isList(value) || isObject(value);
  if (["text", "number", "boolean"].includes(shape.kind) && compound) return shape.kind;
  if (shape.kind === "number" && typeof value === "string" && !Number.isFinite(Number(value))) return "number";
  if (shape.kind === "list" && !isList(value)) return "list";
  if ((shape.kind === "map" || shape.kind === "object" || shape.kind === "ref") && !isObject(value) && !isList(value)) return shape.kind === "ref" ? undefined : "object";
  return undefined;
}

/** Inputs against the SDK's declaration: missing, unknown and of the wrong type. */
export function shapeFailures(facts: CheckFacts): Failure[] {
  const declaration = facts.catalog.resource(facts.type);
  if (declaration === undefined) return [];
  const members: Members = declaration.inputs;
  const failures: Failure[] = [];
  for (const [key, member] of Object.entries(members)) {
    const given = facts.inputs[key];
    if (!member.optional && (given === undefined || given === null)) failures.push({ property: key, reason: `missing required property '${key}'` });
    const wanted = given === undefined ? undefined : mismatch(given, member.shape);
    if (given !== undefined && wanted !== undefined) failures.push({ property: key, reason: `expected a ${wanted}, got ${describe(given)}` });
  }
  const names = new Set([...Object.keys(members), ...Object.keys(declaration.outputs)]);
  for (const key of Object.keys(facts.inputs)) {
    if (names.has(key) || key.startsWith("__") || names.size === 0) continue;
    failures.push({ property: key, reason: `unknown property '${key}'.${didYouMean(key, Object.keys(members))}` });
  }
  return failures;
}
