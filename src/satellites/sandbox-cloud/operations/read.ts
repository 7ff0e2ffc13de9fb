import { liveObject } from "../answers/outputs.ts";
import type { Members } from "../catalog/shape.ts";
import type { CloudObject } from "../store/record.ts";
import { isList, isObject, textOf, type Draft, type Json, type JsonObject } from "../wire/json.ts";
import { isAsset, open, seal } from "../wire/special.ts";
import { CloudError, statuses, type Call, type Shown } from "./call.ts";
import { subjectOf } from "./create.ts";
import { keyOf } from "./identity.ts";
import { ensureSeeded } from "./seed.ts";
import { strikeBefore } from "./strike.ts";

export interface Found extends Shown {
  readonly inputs: JsonObject;
}

/** The live value in the form the inputs had: members that nobody asked for are the server's own and are left out. */
function project(asked: Json, live: Json | undefined, whole: boolean): Json | undefined {
  if (live === undefined || live === null) return undefined;
  if (whole || isAsset(asked)) return live;
  if (isObject(asked) && isObject(live)) return projectMembers(asked, live, {});
  return isList(asked) && isList(live) ? projectItems(asked, live) : sameText(asked, live);
}

/** A list that got longer or shorter is shown as it is: nobody can say which item is which. */
function projectItems(asked: readonly Json[], live: readonly Json[]): Json {
  return asked.length === live.length ? asked.map((item, i) => project(item, live[i], false) ?? null) : live;
}

/** "80" and 80 are one value to a cloud. */
function sameText(asked: Json, live: Json): Json {
  return typeof asked !== typeof live && textOf(asked) === textOf(live) ? asked : live;
}

function projectMembers(asked: JsonObject, live: JsonObject, members: Members): JsonObject {
  const found: Draft = {};
  for (const [key, value] of Object.entries(asked)) {
    // What was asked as null and what the live object never shows (write-only inputs) stays as it was asked.
    if (value === null) {
      found[key] = null;
      continue;
    }
    const projected = project(value, live[key], members[key]?.shape.kind === "map");
    if (projected !== undefined) found[key] = projected;
  }
  return found;
}

function importedInputs(call: Call, object: CloudObject): JsonObject {
  const declared = Object.keys(call.backing.catalog.resource(object.type)?.inputs ?? {});
  if (object.createdBy !== "" || Object.keys(object.inputs).length > 0) return object.inputs;
  const inputs: Draft = {};
  for (const key of declared) if (object.properties[key] !== undefined && object.properties[key] !== null) inputs[key] = object.properties[key];
  return inputs;
}

/** An object that nobody made, the same at every read: programs look up what their account is expected to have. */
function madeUp(call: Call, id: string, inputs: JsonObject): JsonObject {
  const key = keyOf(call, id, inputs);
  const kubernetes: JsonObject = key.provider === "kubernetes" ? { metadata: {}, spec: {} } : {};
  const subject = subjectOf(call, { ...key, salt: id, createdAt: "2024-01-01T00:00:00Z", name: id.split("/").at(-1) ?? id }, { ...kubernetes, ...inputs });
  return liveObject(subject, 1);
}

/** The live object and the inputs that would make it; undefined when it is gone. */
export async function readObject(
  call: Call,
  facts: { readonly id: string; readonly inputs: JsonObject; readonly properties: JsonObject },
): Promise<Found | undefined> {
  await strikeBefore(call, "read");
  ensureSeeded(call.backing, call.caller.setting);
  const asked = open(facts.inputs);
  const wanted = Object.keys(asked.plain).length > 0 ? asked.plain : open(facts.properties).plain;
  const object = call.backing.objects.get(keyOf(call, facts.id, wanted));
  if (object === undefined) {
    if (Object.keys(asked.plain).length > 0) return undefined;
    return { id: facts.id, properties: madeUp(call, facts.id, {}), inputs: {} };
  }
  const secrets = [...object.secrets, ...asked.secrets];
  const declared = call.backing.catalog.resource(object.type)?.inputs ?? {};
  const inputs = Object.keys(asked.plain).length === 0 ? importedInputs(call, object) : projectMembers(asked.plain, shownInputs(asked.plain, object), declared);
  const found = { id: object.id, properties: seal(object.properties, secrets), inputs: seal(inputs, secrets) };
  if (object.partial === true) throw new CloudError(statuses.unknown, `${call.type} "${object.id}" is there but not ready`, found);
  return found;
}

/** Inputs that the live object does not show (a Secret's stringData, write-only passwords) are taken from what was last asked. */
function shownInputs(asked: JsonObject, object: CloudObject): JsonObject {
  const live: Draft = { ...object.properties };
  for (const key of Object.keys(asked)) if (!(key in live) && object.inputs[key] !== undefined) live[key] = object.inputs[key];
  return live;
}
