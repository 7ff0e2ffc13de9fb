import { isList, isObject, type Json, type JsonObject } from "../wire/json.ts";
import { hasUnknown, open, unknown, wrapSecret } from "../wire/special.ts";
import type { CheckFacts } from "./failure.ts";

/** Members by name: the wire says nothing of their order, and another order would be another text. */
function sorted(value: Json): Json {
  if (isList(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([key, member]) => [key, sorted(member)]));
}

/** A policy document given as an object as the text that the cloud keeps; anything else as it is. */
function documentText(value: Json): Json {
  const { plain, secrets } = open({ value });
  const document = plain["value"];
  if (!isObject(document) || document["Statement"] === undefined) return value;
  const text = hasUnknown(document) ? unknown : JSON.stringify(sorted(document));
  return secrets.length > 0 ? wrapSecret(text) : text;
}

/** aws: inputs declared as `string | PolicyDocument` are text from here on, as the real provider makes them. */
export function withDocumentTexts(facts: CheckFacts, inputs: JsonObject): JsonObject {
  const declared = facts.catalog.resource(facts.type)?.inputs ?? {};
  return Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, declared[key]?.shape.kind === "text" ? documentText(value) : value]));
}
