import { at, isList, isObject, type Draft, type Json, type JsonObject } from "./json.ts";

/** The signature words of the engine's wire format. */
export const signatureKey = "4dabf18193072939515e22adb298388d";
export const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";
export const resourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export type Path = readonly (string | number)[];

function signature(value: Json | undefined): string | undefined {
  const found = isObject(value) ? value[signatureKey] : undefined;
  return typeof found === "string" ? found : undefined;
}

/** Assets and archives are compared by their hash and never looked into. */
export function isAsset(value: Json | undefined): value is JsonObject {
  const found = signature(value);
  return found === assetSignature || found === archiveSignature;
}

/** What a secret or output wrapper holds; an output without a value is not known yet. */
function wrapperOf(value: JsonObject): { readonly value: Json; readonly secret: boolean } | undefined {
  const kind = signature(value);
  if (kind === secretSignature) return { value: value["value"] ?? null, secret: true };
  return kind === outputSignature ? { value: value["value"] ?? unknown, secret: value["secret"] === true } : undefined;
}

/** The value without secret and output wrappers; the paths that were secret go to `secrets`. */
function unwrap(value: Json, secrets: Path[] = [], here: Path = []): Json {
  if (isList(value)) return value.map((item, index) => unwrap(item, secrets, [...here, index]));
  if (!isObject(value)) return value;
  const wrapped = wrapperOf(value);
  if (wrapped !== undefined) {
    if (wrapped.secret) secrets.push(here);
    // What is inside a secret is secret as a whole: its own marks say no more.
    return unwrap(wrapped.value, wrapped.secret ? [] : secrets, here);
  }
  if (signature(value) !== undefined) return value;
  const plain: Draft = {};
  for (const [key, member] of Object.entries(value)) plain[key] = unwrap(member, secrets, [...here, key]);
  return plain;
}

/** An object without wrappers, with the paths that were secret. */
export function open(value: JsonObject): { readonly plain: JsonObject; readonly secrets: readonly Path[] } {
  const secrets: Path[] = [];
  const plain = unwrap(value, secrets);
  return { plain: isObject(plain) ? plain : {}, secrets };
}

export function wrapSecret(value: Json): JsonObject {
  return { [signatureKey]: secretSignature, value };
}

function wrapAt(value: Json, path: Path): Json {
  const [step, ...rest] = path;
  if (step === undefined) return signature(value) === secretSignature ? value : wrapSecret(value);
  if (signature(value) !== undefined) return value;
  if (isList(value)) return value.map((item, index) => (index === step ? wrapAt(item, rest) : item));
  const member = at(value, step);
  if (!isObject(value) || member === undefined) return value;
  return { ...value, [String(step)]: wrapAt(member, rest) };
}

/** Marks the given paths secret again, where they are still there. Longer paths first, so that outer marks keep inner values whole. */
export function seal(value: JsonObject, secrets: readonly Path[]): JsonObject {
  let sealed: Json = value;
  for (const path of [...secrets].sort((a, b) => a.length - b.length)) sealed = wrapAt(sealed, path);
  return isObject(sealed) ? sealed : value;
}

export function hasUnknown(value: Json | undefined): boolean {
  if (value === unknown) return true;
  if (isList(value)) return value.some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}
