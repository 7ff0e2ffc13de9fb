import { didYouMean } from "../../../base/problem/index.ts";
import type { Members, Shape } from "../catalog/shape.ts";
import { isList, isObject, type Json, type JsonObject } from "../wire/json.ts";
import { isAsset, unknown } from "../wire/special.ts";
import type { CheckFacts, Failure } from "./failure.ts";

function describe(value: Json): string {
  if (isList(value)) return "a list";
  return isObject(value) ? "an object" : `the ${typeof value} ${JSON.stringify(value)}`;
}

function isCompound(value: Json): boolean {
  return isList(value) || isObject(value);
}

const takesAll = (): boolean => true;
const fits: Readonly<Record<Shape["kind"], (value: Json) => boolean>> = {
  text: (value) => !isCompound(value),
  boolean: (value) => !isCompound(value),
  list: isList,
  map: isCompound,
  object: isCompound,
  number: (value) => !isCompound(value) && (typeof value !== "string" || Number.isFinite(Number(value))),
  any: takesAll,
  asset: takesAll,
  literal: takesAll,
  ref: takesAll,
};

/** Only what no cloud would take: text for an object, an object for text. Numbers and booleans may come as text. */
function mismatch(value: Json | undefined, shape: Shape): boolean {
  return value !== undefined && value !== null && value !== unknown && !isAsset(value) && !fits[shape.kind](value);
}

function memberFailures(inputs: JsonObject, members: Members): Failure[] {
  return Object.entries(members).flatMap(([key, member]): Failure[] => {
    const given = inputs[key];
    if (!member.optional && (given === undefined || given === null)) return [{ property: key, reason: `missing required property '${key}'` }];
    return mismatch(given, member.shape) ? [{ property: key, reason: `expected a ${member.shape.kind}, got ${describe(given ?? null)}` }] : [];
  });
}

/** Inputs against the SDK's declaration: missing, unknown and of the wrong type. */
export function shapeFailures(facts: CheckFacts): Failure[] {
  const declaration = facts.catalog.resource(facts.type);
  if (declaration === undefined) return [];
  const names = new Set([...Object.keys(declaration.inputs), ...Object.keys(declaration.outputs)]);
  const unknownKeys = Object.keys(facts.inputs).filter((key) => names.size > 0 && !names.has(key) && !key.startsWith("__"));
  const strangers = unknownKeys.map((key) => ({ property: key, reason: `unknown property '${key}'.${didYouMean(key, Object.keys(declaration.inputs))}` }));
  return [...memberFailures(facts.inputs, declaration.inputs), ...strangers];
}
