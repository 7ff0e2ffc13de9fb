import { newId, nameInputOf, nameIsUnique } from "../answers/ids.ts";
import { isRelease } from "../answers/helm.ts";
import { kubernetesId, isNamespaced } from "../answers/kubernetes.ts";
import { placeOf } from "../answers/place.ts";
import type { ObjectKey, Place } from "../store/record.ts";
import { hex, letters } from "../wire/digest.ts";
import { textAt, type JsonObject } from "../wire/json.ts";
import { storedType, type Call } from "./call.ts";

export interface Identity {
  readonly key: ObjectKey;
  readonly name: string;
  readonly salt: string;
  /** A second object of this id is refused; else another id is taken. */
  readonly unique: boolean;
}

/** Where an object with this id is, for an instance configured like the caller. */
export function keyOf(call: Call, id: string, inputs: JsonObject): ObjectKey {
  const type = storedType(call.type);
  return { ...placeOf(call.caller.setting, type, inputs), type, id };
}

interface NewIdentity {
  readonly call: Call;
  readonly inputs: JsonObject;
  readonly place: Place;
  readonly type: string;
  readonly salt: string;
}

function kubernetesIdentity({ call, inputs, place, type, salt }: NewIdentity): Identity {
  const own: JsonObject = isRelease(type) ? { metadata: { name: inputs["name"] ?? null, namespace: inputs["namespace"] ?? null } } : inputs;
  const prefix = textAt(own, "metadata", "generateName");
  const name = textAt(own, "metadata", "name") ?? (prefix === undefined ? call.name : `${prefix}${letters(5, salt)}`);
  const namespace = isNamespaced(type) ? (textAt(own, "metadata", "namespace") ?? call.caller.setting.namespace) : undefined;
  return { key: { ...place, type, id: kubernetesId({ name, namespace }) }, name, salt, unique: true };
}

function givenName({ call, inputs, type, salt }: NewIdentity): string | undefined {
  const key = nameInputOf(type, Object.keys(call.backing.catalog.resource(type)?.inputs ?? inputs));
  if (key === undefined) return undefined;
  const prefix = textAt(inputs, `${key}Prefix`);
  return textAt(inputs, key) ?? (prefix === undefined ? undefined : `${prefix}${hex(12, salt)}`);
}

/** The identity that the cloud gives a new object on the n-th creation of its urn. */
export function identityOf(call: Call, inputs: JsonObject, generation: number): Identity {
  const type = storedType(call.type);
  const place = placeOf(call.caller.setting, type, inputs);
  const salt = hex(32, place.account, place.region, call.urn, String(generation));
  const made = { call, inputs, place, type, salt };
  if (place.provider === "kubernetes") return kubernetesIdentity(made);
  const given = givenName(made);
  const name = given ?? `${call.name}-${hex(7, salt)}`;
  const id = newId({ type, inputs, name, nameGiven: given !== undefined, account: place.account, region: place.region, salt });
  return { key: { ...place, type, id }, name, salt, unique: nameIsUnique(type) };
}
