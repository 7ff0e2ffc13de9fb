import { randomResult } from "../answers/random.ts";
import { liveObject } from "../answers/outputs.ts";
import { kubernetesKind } from "../answers/kubernetes.ts";
import type { Subject } from "../answers/subject.ts";
import type { CloudObject } from "../store/record.ts";
import { isObject, type Draft, type JsonObject } from "../wire/json.ts";
import { open, seal, unknown } from "../wire/special.ts";
import { CloudError, statuses, type Call, type Shown } from "./call.ts";
import { identityOf, type Identity } from "./identity.ts";
import { failAfter, healthAfter, partialFault, strikeBefore } from "./strike.ts";
import { ensureSeeded } from "./seed.ts";
import { refuseByWorld } from "./world.ts";
import { patchObject } from "./patch.ts";

/** Ids that are taken are skipped; more than this in a row means something else is wrong. */
const mostTries = 100;

export function subjectOf(
  call: Call,
  identity: Pick<CloudObject, "type" | "id" | "account" | "region" | "salt" | "createdAt"> & { readonly name: string },
  inputs: JsonObject,
): Subject {
  const { type, id, account, region, salt, createdAt, name } = identity;
  return { catalog: call.backing.catalog, setting: call.caller.setting, type, id, name, account, region, salt, createdAt, inputs };
}

/** In a preview: what is known before the cloud was asked; the rest unknown, and null what it will never give. */
export function previewCreate(call: Call, raw: JsonObject): Shown {
  const properties: Draft = { ...raw };
  for (const [key, member] of Object.entries(call.backing.catalog.resource(call.type)?.outputs ?? {})) {
    if (properties[key] === undefined) properties[key] = member.optional ? null : unknown;
  }
  const spec = properties["spec"];
  if (kubernetesKind(call.type) === "Service" && isObject(spec) && spec["clusterIP"] === undefined) properties["spec"] = { ...spec, clusterIP: unknown };
  return { id: "", properties };
}

async function build(call: Call, raw: JsonObject, identity: Identity): Promise<CloudObject> {
  const { plain, secrets } = open(raw);
  const now = new Date().toISOString();
  const random = await randomResult(call.type, plain, identity.salt);
  const key = random === undefined ? identity.key : { ...identity.key, id: random.id };
  const subject = subjectOf(call, { ...key, salt: identity.salt, createdAt: now, name: identity.name }, { ...plain, ...random?.properties });
  return {
    ...key,
    createdBy: call.urn,
    createdAt: now,
    changedAt: now,
    revision: 1,
    health: "healthy",
    inputs: plain,
    properties: liveObject(subject, 1),
    salt: identity.salt,
    secrets,
  };
}

function place(call: Call, made: CloudObject, unique: boolean): CloudObject {
  const { objects } = call.backing;
  let object = made;
  for (let n = 2; !objects.add(object); n++) {
    if (unique || n > mostTries)
      throw new CloudError(
        statuses.exists,
        `AlreadyExists: ${call.type} "${object.id}" is there already (account ${object.account}${object.region === "-" ? "" : `, ${object.region}`})`,
      );
    object = { ...made, id: `${made.id}~${n}` };
  }
  return object;
}

export function shown(object: CloudObject): Shown {
  return { id: object.id, properties: seal(object.properties, object.secrets) };
}

/** Makes the object durably, or says why the cloud does not. */
export async function createObject(call: Call, raw: JsonObject): Promise<Shown> {
  if (call.type.startsWith("kubernetes:") && call.type.endsWith("Patch")) return shown(patchObject(call, raw));
  ensureSeeded(call.backing, call.caller.setting);
  const { ledger, generations, objects } = call.backing;
  const plain = open(raw).plain;
  const identity = identityOf(call, plain, generations.next(call.urn));
  const end = ledger.begin({ op: "create", actor: "engine", urn: call.urn, writer: call.caller.writer, key: { ...identity.key, id: "" } });
  let struck;
  let object;
  try {
    struck = await strikeBefore(call, "create");
    refuseByWorld(call, plain, identity.key);
    object = place(call, { ...(await build(call, raw, identity)), health: healthAfter(struck) }, identity.unique);
  } catch (error) {
    end("fail", { why: error instanceof CloudError ? error.message : "failed" });
    throw error;
  }
  end("commit", { id: object.id });
  failAfter(struck);
  const partial = partialFault(struck);
  if (partial === undefined) return shown(object);
  objects.put({ ...object, partial: true });
  throw new CloudError(statuses.unknown, partial.message ?? `${call.type} "${object.id}" was created but did not become ready (fault: partial)`, {
    ...shown(object),
    inputs: raw,
  });
}
