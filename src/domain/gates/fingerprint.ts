import { createHmac } from "node:crypto";
import type { Secret } from "../../base/secret/index.ts";
import { riskOf, type ChangeSet, type Operation, type PropertyChange, type ResourceChange, type Risk } from "../changes/index.ts";
import { byCodeUnit, canonicalJson } from "../../base/json/index.ts";

/** What, besides the changes, an approval is for. All digests are hex. */
export interface FingerprintContext {
  readonly closureDigest: string;
  readonly configDigest: string;
  readonly stateDigest: string;
  readonly policyDigest: string;
  /** `pulumi` and each plugin → version. */
  readonly versions: Readonly<Record<string, string>>;
}

export interface FingerprintEntry {
  readonly urn: string;
  readonly operation: Operation;
  readonly risk: Risk;
  /** Property path → keyed hash of both sides, or "unknown" where the new value was not known yet. */
  readonly paths: Readonly<Record<string, string>>;
}

/** What an approval approves: one stack's changes and everything they follow from. Holds no value, only keyed hashes of values. */
export interface Fingerprint {
  readonly format: 1;
  readonly stack: string;
  /** Keyed hash of all the rest, hex. */
  readonly digest: string;
  readonly context: FingerprintContext;
  /** Sorted by urn, then operation: the order of an engine run means nothing. */
  readonly entries: readonly FingerprintEntry[];
}

/** Half a sha256 is enough to tell values apart and keeps the comment's marker small. */
const valueHashLength = 32;
export const unknownValue = "unknown";

/** The text names what is hashed, so that equal values at two paths do not show as equal, and no hash can be tried against a dictionary without the key. */
function keyed(key: Secret, what: string, value: unknown): string {
  return createHmac("sha256", key.reveal())
    .update(`${what}\n${canonicalJson(value)}`)
    .digest("hex");
}

function valueHash(key: Secret, urn: string, change: PropertyChange): string {
  if (change.after.kind === "unknown") return unknownValue;
  return keyed(key, "value", { urn, path: change.path, before: change.before, after: change.after, replaces: change.replaces }).slice(0, valueHashLength);
}

function entryOf(key: Secret, change: ResourceChange): FingerprintEntry {
  const paths = Object.fromEntries(
    [...change.properties].sort((a, b) => byCodeUnit(a.path, b.path)).map((property) => [property.path, valueHash(key, change.urn, property)]),
  );
  return { urn: change.urn, operation: change.operation, risk: riskOf(change), paths };
}

/** Canonical: the same change set and context give the same fingerprint on every machine. `read` changes nothing and does not count. */
export function fingerprint(changes: Pick<ChangeSet, "stack" | "resources">, context: FingerprintContext, key: Secret): Fingerprint {
  const entries = changes.resources
    .filter((change) => change.operation !== "read")
    .map((change) => entryOf(key, change))
    .sort((a, b) => byCodeUnit(a.urn, b.urn) || byCodeUnit(a.operation, b.operation));
  const body = { format: 1, stack: changes.stack, context, entries } as const;
  return { ...body, digest: keyed(key, "fingerprint", body) };
}

/** One short name for the fingerprints of several stacks, as shown in the comment: twelve hex digits. */
export function combinedFingerprint(prints: readonly Fingerprint[], key: Secret): string {
  const digests = prints.map(({ stack, digest }) => ({ stack, digest })).sort((a, b) => byCodeUnit(a.stack, b.stack));
  return keyed(key, "fingerprints", digests).slice(0, 12);
}
