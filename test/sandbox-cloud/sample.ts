import type { Catalog } from "../../src/satellites/sandbox-cloud/catalog/catalog.ts";
import type { Members, Shape } from "../../src/satellites/sandbox-cloud/catalog/shape.ts";
import type { Json, JsonObject } from "../../src/satellites/sandbox-cloud/wire/json.ts";

function text(property: string, seed: number): string {
  if (/cidr/i.test(property)) return "10.0.0.0/16";
  if (/(policy|definitions|document)s?$/i.test(property)) return "{}";
  return `${property.toLowerCase().replaceAll(/[^a-z0-9]/g, "")}-${seed}`;
}

function value(catalog: Catalog, pkg: string, wanted: { shape: Shape; property: string; seed: number; depth: number }): Json {
  const { shape, property, seed, depth } = wanted;
  switch (shape.kind) {
    case "text":
      return text(property, seed);
    case "number":
      return seed % 60;
    case "boolean":
      return seed % 2 === 0;
    case "literal":
      return shape.value;
    case "map":
      return { key: text(property, seed) };
    case "list":
      return depth > 4 ? [] : [value(catalog, pkg, { ...wanted, shape: shape.of, depth: depth + 1 })];
    case "object":
    case "ref":
      return depth > 4 ? {} : required(catalog, pkg, { members: catalog.members(pkg, shape), seed, depth: depth + 1 });
    case "any":
    case "asset":
      return {};
  }
}

/** Inputs that hold every required member, and nothing else. */
export function required(catalog: Catalog, pkg: string, facts: { members: Members; seed: number; depth: number }): JsonObject {
  const inputs: Record<string, Json> = {};
  for (const [property, member] of Object.entries(facts.members)) {
    if (!member.optional) inputs[property] = value(catalog, pkg, { shape: member.shape, property, seed: facts.seed, depth: facts.depth });
  }
  return inputs;
}

/** An optional text, number or map input with a value, to change something in place or for a replacement. */
export function oneMore(members: Members, taken: JsonObject, seed: number): JsonObject {
  for (const [property, member] of Object.entries(members)) {
    if (property in taken || !member.optional || /cidr|policy|name|region|bucket|identifier/i.test(property)) continue;
    if (member.shape.kind === "text") return { [property]: text(property, seed) };
    if (member.shape.kind === "map") return { [property]: { added: "yes" } };
  }
  return {};
}
