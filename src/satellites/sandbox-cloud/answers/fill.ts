import type { Members, Shape } from "../catalog/shape.ts";
import { isList, isObject, type Draft, type Json, type JsonObject } from "../wire/json.ts";
import { isAsset } from "../wire/special.ts";
import { numberFor, textFor } from "./names.ts";
import type { Subject } from "./subject.ts";

/** Deeper made-up objects than this are left empty: nobody reads them and some types hold themselves. */
const deepest = 6;

/** Lists that are honest when empty: rules and links that only exist once somebody adds them. */
const emptyLists = /^(ingress|egress|routes|propagatingVgws|tags|.*Blocks?|.*Devices|ipv6.*|.*[Aa]ssociations|.*Members|loadBalancers|replicas?|.*Errors)$/;

interface Wanted {
  readonly shape: Shape;
  readonly property: string;
  readonly depth: number;
}

const scalars: Readonly<Partial<Record<Shape["kind"], (subject: Subject, property: string) => Json>>> = {
  text: textFor,
  number: numberFor,
  boolean: () => false,
};

function made(subject: Subject, wanted: Wanted): Json {
  const { shape, property, depth } = wanted;
  if (shape.kind === "literal") return shape.value;
  if (shape.kind === "asset") return null;
  if (shape.kind === "list") return emptyLists.test(property) || depth >= deepest ? [] : [made(subject, { ...wanted, shape: shape.of, depth: depth + 1 })];
  return scalars[shape.kind]?.(subject, property) ?? madeObject(subject, wanted);
}

/** Maps and untyped objects are empty: nobody can say what would be in them. */
function madeObject(subject: Subject, { shape, depth }: Wanted): JsonObject {
  if (shape.kind === "map" || shape.kind === "any" || depth >= deepest) return {};
  return fillMembers(subject, { given: {}, members: subject.catalog.members(subject.type.split(":")[0] ?? "", shape), depth: depth + 1 });
}

/** A given value with what the cloud adds inside it. */
function completed(subject: Subject, given: Json, wanted: Wanted): Json {
  const { shape, depth } = wanted;
  if (depth >= deepest || isAsset(given)) return given;
  if (isList(given) && shape.kind === "list") return given.map((item) => completed(subject, item, { ...wanted, shape: shape.of, depth: depth + 1 }));
  if (!isObject(given) || (shape.kind !== "ref" && shape.kind !== "object")) return given;
  const members = subject.catalog.members(subject.type.split(":")[0] ?? "", shape);
  return fillMembers(subject, { given, members, depth: depth + 1 });
}

/** Gives every declared member: what is given, else null where it may be absent, else a made-up value. */
export function fillMembers(subject: Subject, facts: { readonly given: JsonObject; readonly members: Members; readonly depth: number }): JsonObject {
  const filled: Draft = { ...facts.given };
  for (const [property, member] of Object.entries(facts.members)) {
    const wanted = { shape: member.shape, property, depth: facts.depth };
    const given = facts.given[property];
    if (given !== undefined && given !== null) filled[property] = completed(subject, given, wanted);
    else if (!member.optional) filled[property] = made(subject, wanted);
    else if (facts.depth === 0) filled[property] = null;
  }
  return filled;
}
