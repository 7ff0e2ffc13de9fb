import { nameInputOf } from "../answers/ids.ts";
import { hex } from "../wire/digest.ts";
import { isObject, textAt, type Draft, type Json, type JsonObject } from "../wire/json.ts";
import { secretSignature, signatureKey } from "../wire/special.ts";
import type { CheckFacts } from "./failure.ts";

/** The engine's proposal, else the logical name and some hex that is the same in preview and update. */
function newName(facts: CheckFacts, hexLength: number): string | undefined {
  if (facts.proposed?.mode === "disable") return undefined;
  if (facts.proposed !== undefined && facts.proposed.name !== "") return facts.proposed.name;
  return `${facts.name}-${hex(hexLength, facts.seed, facts.type, facts.name)}`;
}

/** Names the cloud accepts only in lower case. */
const lowerCased = new Set(["bucket", "identifier", "clusterIdentifier"]);

/** aws and others: fills the name that the cloud needs and the program left out; an autoname given earlier stays. */
export function autonamed(facts: CheckFacts): JsonObject {
  const declared = facts.catalog.resource(facts.type)?.inputs ?? {};
  const key = nameInputOf(
    facts.type,
    Object.keys(declared).filter((input) => input === "name" || lowerCased.has(input)),
  );
  if (key === undefined || facts.inputs[key] !== undefined || declared[key]?.optional !== true) return facts.raw;
  if (facts.inputs[`${key}Prefix`] !== undefined) return facts.raw;
  const earlier = textAt(facts.before, key);
  if (earlier?.toLowerCase().startsWith(`${facts.name}-`.toLowerCase()) === true) return { ...facts.raw, [key]: earlier };
  const name = newName(facts, 7);
  return name === undefined ? facts.raw : { ...facts.raw, [key]: lowerCased.has(key) ? name.toLowerCase() : name };
}

const autonamedMark = "pulumi.com/autonamed";

/** Read-only members that programs copy from live objects; kept, they would show a change for ever. */
const readOnly = ["creationTimestamp", "deletionTimestamp", "resourceVersion", "uid", "generation", "managedFields", "selfLink"];

function nameMetadata(facts: CheckFacts, metadata: JsonObject): JsonObject {
  const clean: Draft = { ...metadata };
  for (const key of readOnly) delete clean[key];
  if (clean["name"] !== undefined || clean["generateName"] !== undefined || facts.type.endsWith("Patch")) return clean;
  const before = facts.before?.["metadata"];
  const kept = textAt(before, "annotations", autonamedMark) === "true" ? textAt(before, "name") : undefined;
  const name = kept ?? newName(facts, 8)?.toLowerCase();
  if (name === undefined) return clean;
  return { ...clean, name, annotations: { ...(isObject(clean["annotations"]) ? clean["annotations"] : {}), [autonamedMark]: "true" } };
}

/** kubernetes: the name and its mark in the metadata, wrapped or not. */
export function autonamedKubernetes(facts: CheckFacts): JsonObject {
  const given: Json = facts.raw["metadata"] ?? {};
  if (!isObject(given)) return facts.raw;
  if (given[signatureKey] !== secretSignature) return { ...facts.raw, metadata: nameMetadata(facts, given) };
  const inner = given["value"];
  return isObject(inner) ? { ...facts.raw, metadata: { ...given, value: nameMetadata(facts, inner) } } : facts.raw;
}
