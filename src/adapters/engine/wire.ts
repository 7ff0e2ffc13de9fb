import { createHash } from "node:crypto";
import type { Json } from "../../domain/environments/index.ts";

/** Pulumi's marks inside property values (its SDK's wire rules). */
const signature = "4dabf18193072939515e22adb298388d";
const marks = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
} as const;
const unknownMark = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export type Bag = Readonly<Record<string, unknown>>;

export function isBag(value: unknown): value is Bag {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isSecret(value: unknown): value is Bag {
  return isBag(value) && value[signature] === marks.secret;
}

export function isUnknown(value: unknown): boolean {
  return value === unknownMark;
}

/** Whether a text holds a secret at all: saves the key derivation that decrypting costs. */
export function mentionsSecret(text: string): boolean {
  return text.includes(marks.secret);
}

/** The value inside a secret of `stack export --show-secrets` (JSON text there), or undefined when it is still encrypted. */
export function revealed(value: Bag): unknown {
  const text = value["plaintext"];
  if (typeof text !== "string") return value["value"];
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Assets, archives and resource references as short plain values: an asset's text may be large and is not a property. */
export function special(value: unknown): Json | undefined {
  if (!isBag(value)) return undefined;
  const mark = value[signature];
  if (mark === marks.asset || mark === marks.archive) return { [mark === marks.asset ? "asset" : "archive"]: text(value["hash"]) };
  if (mark === marks.resource) return { resource: text(value["urn"]) };
  return undefined;
}

const longestText = 8 * 1024;

/** A bounded text that is still different for different values. */
export function bounded(text: string): string {
  if (text.length <= longestText) return text;
  return `${text.slice(0, 1024)}… (${text.length} characters, sha256 ${createHash("sha256").update(text).digest("hex").slice(0, 16)})`;
}
