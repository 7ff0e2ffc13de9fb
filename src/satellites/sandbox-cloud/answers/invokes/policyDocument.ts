import { isList, isObject, textOf, type Draft, type Json, type JsonObject } from "../../wire/json.ts";

/** A list of one is written as its only member, as the real provider does. */
function short(value: Json | undefined): Json | undefined {
  if (!isList(value) || value.length === 0) return undefined;
  return value.length === 1 ? (value[0] ?? null) : [...value].sort((a, b) => textOf(a).localeCompare(textOf(b)));
}

function principals(value: Json | undefined): Json | undefined {
  if (!isList(value) || value.length === 0) return undefined;
  const byType: Draft = {};
  for (const principal of value) {
    if (!isObject(principal)) continue;
    const type = textOf(principal["type"] ?? "AWS");
    const identifiers = short(principal["identifiers"]) ?? [];
    if (type === "*" && identifiers === "*") return "*";
    const earlier = byType[type];
    byType[type] = earlier === undefined ? identifiers : [...(isList(earlier) ? earlier : [earlier]), ...(isList(identifiers) ? identifiers : [identifiers])];
  }
  return byType;
}

function conditions(value: Json | undefined): Json | undefined {
  if (!isList(value) || value.length === 0) return undefined;
  const tests: Record<string, Draft> = {};
  for (const condition of value) {
    if (!isObject(condition)) continue;
    const test = (tests[textOf(condition["test"])] ??= {});
    test[textOf(condition["variable"])] = short(condition["values"]) ?? [];
  }
  return tests;
}

function statement(given: JsonObject): JsonObject {
  const members: readonly (readonly [string, Json | undefined])[] = [
    ["Sid", given["sid"]],
    ["Effect", given["effect"] ?? "Allow"],
    ["Action", short(given["actions"])],
    ["NotAction", short(given["notActions"])],
    ["Resource", short(given["resources"])],
    ["NotResource", short(given["notResources"])],
    ["Principal", principals(given["principals"])],
    ["NotPrincipal", principals(given["notPrincipals"])],
    ["Condition", conditions(given["conditions"])],
  ];
  const written: Draft = {};
  for (const [key, value] of members) if (value !== undefined && value !== null && value !== "") written[key] = value;
  return written;
}

function statementsOf(text: Json | undefined): JsonObject[] {
  try {
    const found = isObject(text) ? text : (JSON.parse(textOf(text)) as Json);
    const list = isObject(found) ? found["Statement"] : undefined;
    return (isList(list) ? list : []).filter((each) => isObject(each));
  } catch {
    return [];
  }
}

/** Statements with the Sid of an overriding one are replaced by it. */
function combine(base: readonly JsonObject[], over: readonly JsonObject[]): JsonObject[] {
  const sids = new Set(over.map((each) => each["Sid"]).filter((sid) => sid !== undefined));
  return [...base.filter((each) => !sids.has(each["Sid"] ?? null)), ...over];
}

/** The arguments of getPolicyDocument as the policy document that IAM takes. */
export function policyDocument(args: JsonObject): JsonObject {
  const list = (key: string): readonly Json[] => (isList(args[key]) ? args[key] : []);
  const sources = [...list("sourcePolicyDocuments"), args["sourceJson"] ?? ""].flatMap((text) => statementsOf(text));
  const overrides = [...list("overridePolicyDocuments"), args["overrideJson"] ?? ""].flatMap((text) => statementsOf(text));
  const own = list("statements")
    .filter((each) => isObject(each))
    .map(statement);
  const id = args["policyId"] === undefined || args["policyId"] === null ? {} : { Id: args["policyId"] };
  const document = { Version: args["version"] ?? "2012-10-17", ...id, Statement: combine(combine(sources, own), overrides) };
  return { json: JSON.stringify(document, null, 2), minifiedJson: JSON.stringify(document) };
}
