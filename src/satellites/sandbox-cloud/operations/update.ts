import { liveObject } from "../answers/outputs.ts";
import { nameInputOf } from "../answers/ids.ts";
import { randomResult } from "../answers/random.ts";
import type { CloudObject } from "../store/record.ts";
import { textAt, type JsonObject } from "../wire/json.ts";
import { open, seal } from "../wire/special.ts";
import { CloudError, statuses, type Call } from "./call.ts";
import { shown, subjectOf } from "./create.ts";
import { keyOf } from "./identity.ts";
import { patchObject } from "./patch.ts";
import { failAfter, healthAfter, partialFault, strikeBefore } from "./strike.ts";

export interface UpdateFacts {
  readonly id: string;
  /** Old outputs and inputs from the state, with wrappers. */
  readonly olds: JsonObject;
  readonly oldInputs: JsonObject;
  readonly news: JsonObject;
}

/** The name that outputs are made of: the object's own, never a new one. */
function nameOf(call: Call, object: Pick<CloudObject, "id" | "inputs" | "properties">): string {
  if (call.type.startsWith("kubernetes:")) return object.id.split("/").at(-1) ?? object.id;
  const key = nameInputOf(call.type, Object.keys(object.properties));
  return (key === undefined ? undefined : textAt(object.properties, key)) ?? call.name;
}

async function changed(call: Call, live: CloudObject, facts: UpdateFacts): Promise<CloudObject> {
  const { plain, secrets } = open(facts.news);
  const random = await randomResult(call.type, plain, live.salt);
  const subject = subjectOf(call, { ...live, name: nameOf(call, live) }, { ...plain, ...random?.properties });
  const revision = live.revision + 1;
  const properties = liveObject(subject, revision, { inputs: { ...live.inputs, ...open(facts.oldInputs).plain }, properties: live.properties });
  const { partial: _ready, ...rest } = live;
  return { ...rest, inputs: plain, properties, secrets, revision, changedAt: new Date().toISOString() };
}

function fromState(call: Call, facts: UpdateFacts): CloudObject {
  const now = new Date(0).toISOString();
  return {
    ...keyOf(call, facts.id, open(facts.oldInputs).plain),
    createdBy: call.urn,
    createdAt: now,
    changedAt: now,
    revision: 1,
    health: "healthy",
    salt: facts.id,
    inputs: open(facts.oldInputs).plain,
    properties: open(facts.olds).plain,
    secrets: [],
  };
}

/** What an update would give; nothing is written. */
export async function previewUpdate(call: Call, facts: UpdateFacts): Promise<JsonObject> {
  const live = call.backing.objects.get(keyOf(call, facts.id, open(facts.oldInputs).plain)) ?? fromState(call, facts);
  const object = await changed(call, live, facts);
  return seal(object.properties, object.secrets);
}

export async function updateObject(call: Call, facts: UpdateFacts): Promise<JsonObject> {
  if (call.type.startsWith("kubernetes:") && call.type.endsWith("Patch")) return shown(patchObject(call, facts.news)).properties;
  const { objects, ledger } = call.backing;
  const key = keyOf(call, facts.id, open(facts.oldInputs).plain);
  const end = ledger.begin({ op: "update", actor: "engine", urn: call.urn, writer: call.caller.writer, key });
  let struck;
  let object;
  try {
    struck = await strikeBefore(call, "update");
    const live = objects.get(key);
    if (live === undefined) throw new CloudError(statuses.notFound, `NotFound: ${call.type} "${facts.id}" is not there any more`);
    object = { ...(await changed(call, live, facts)), health: healthAfter(struck) };
    objects.put(object);
  } catch (error) {
    end("fail", { why: error instanceof CloudError ? error.message : "failed" });
    throw error;
  }
  end("commit");
  failAfter(struck);
  const partial = partialFault(struck);
  if (partial === undefined) return shown(object).properties;
  throw new CloudError(statuses.unknown, partial.message ?? `${call.type} "${object.id}" was updated but did not become ready (fault: partial)`, {
    ...shown(object),
    inputs: facts.news,
  });
}
