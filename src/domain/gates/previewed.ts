import { createHmac, timingSafeEqual } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { z } from "zod";
import { canonicalJson } from "../../base/json/index.ts";
import type { Secret } from "../../base/secret/index.ts";
import { riskOrder } from "../changes/index.ts";
import type { Fingerprint } from "./fingerprint.ts";

const hex = z.string().regex(/^[0-9a-f]+$/);
const digests = z.record(z.string(), hex);
const operations = ["create", "update", "replace", "delete", "read", "import"] as const;

/** A fingerprint as it is read back from a comment or a record. */
export const fingerprintSchema = z.object({
  format: z.literal(1),
  stack: z.string(),
  digest: hex,
  context: z.object({
    closureDigest: z.string(),
    configDigest: z.string(),
    stateDigest: z.string(),
    policyDigest: z.string(),
    versions: z.record(z.string(), z.string()),
  }),
  entries: z.array(z.object({ urn: z.string(), operation: z.enum(operations), risk: z.enum(riskOrder), paths: z.record(z.string(), z.string()) })),
});

const previewedSchema = z.object({
  format: z.literal(1),
  environment: z.string(),
  /** The commit that was previewed: the head of the pull request. */
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  /** The head of the environment's branch at that time. */
  base: z.string().regex(/^[0-9a-f]{40}$/),
  /** Since when it shows this; ISO. */
  at: z.string(),
  /** When it was sealed, never before one that stood on the pull request then: of several of one commit the last one counts. ISO. */
  sealedAt: z.iso.datetime(),
  /** Combined fingerprint; undefined when something could not be previewed: then nothing can be approved. */
  fingerprint: hex.optional(),
  /** Digest per affected stack. */
  stacks: digests,
  counts: z.record(z.string(), z.number()),
  /** Everything an approval is compared by; left out where it does not fit: then only the very same may be applied. */
  prints: z.array(fingerprintSchema).optional(),
});

/** What one preview showed of one environment at one commit: what an approval given at that commit approves. */
export type Previewed = Omit<z.infer<typeof previewedSchema>, "prints"> & { readonly prints?: readonly Fingerprint[] | undefined };

/** Previews that are remembered per environment, the newest first. */
const mostRemembered = 5;
/** A sealed text larger than this does not inflate to more than a comment can have held. */
const mostInflated = 4 * 1024 * 1024;

/** By what a seal is made and opened: of one pull request, so that on another one it is forged. */
export interface Sealing {
  readonly pullRequest: number;
  /** The environment's. */
  readonly key: Secret;
}

function mac({ pullRequest, key }: Sealing, environment: string, data: string): string {
  return createHmac("sha256", key.reveal()).update(`previews\n${pullRequest}\n${environment}\n${data}`).digest("hex").slice(0, 40);
}

function sealed(environment: string, entries: readonly Previewed[], by: Sealing): string {
  const data = deflateRawSync(canonicalJson(entries)).toString("base64");
  return `${environment}/${data}/${mac(by, environment, data)}`;
}

/**
 * The previews of one environment as text for a comment's hidden line, signed with the environment's key: at most `units` long. Fingerprints
 * of older previews go first, then older previews, then the newest one's fingerprints, then all that could be approved of it: that there was one
 * is kept, so that no older one of the same commit counts in its place. "" when not even that fits.
 */
export function sealPreviews(entries: readonly Previewed[], by: Sealing, units: number): string {
  const [newest] = entries;
  if (newest === undefined) return "";
  const bare = (entry: Previewed): Previewed => ({ ...entry, prints: undefined });
  for (let kept = Math.min(entries.length, mostRemembered); kept > 0; kept--) {
    const list = entries.slice(0, kept);
    for (let full = kept; full > 0; full--) {
      const text = sealed(
        newest.environment,
        list.map((entry, index) => (index < full ? entry : bare(entry))),
        by,
      );
      if (text.length <= units) return text;
    }
  }
  const less = [bare(newest), { ...bare(newest), fingerprint: undefined, stacks: {}, counts: {} }];
  return less.map((entry) => sealed(newest.environment, [entry], by)).find((text) => text.length <= units) ?? "";
}

/** Environments are joined by this; it is in no part of a sealed text. */
export const sealSeparator = ":";

/** `forged`: there is something for the environment, but it was not sealed with this key on this pull request, or was changed since. */
type Unsealed = { readonly kind: "previews"; readonly previews: readonly Previewed[] } | { readonly kind: "none" } | { readonly kind: "forged" };

/** The previews of one environment in the hidden line of a comment. */
export function unsealPreviews(payload: string, environment: string, by: Sealing): Unsealed {
  const mine = payload.split(sealSeparator).find((part) => part.startsWith(`${environment}/`));
  if (mine === undefined) return { kind: "none" };
  const end = mine.lastIndexOf("/");
  const [data, seal] = [mine.slice(environment.length + 1, end), mine.slice(end + 1)];
  const expected = mac(by, environment, data);
  if (seal.length !== expected.length || !timingSafeEqual(Buffer.from(seal), Buffer.from(expected))) return { kind: "forged" };
  try {
    const text = inflateRawSync(Buffer.from(data, "base64"), { maxOutputLength: mostInflated }).toString("utf8");
    return { kind: "previews", previews: z.array(previewedSchema).parse(JSON.parse(text)) };
  } catch {
    return { kind: "forged" };
  }
}

/** Of previews that stand in several comments, the last of each commit; the newest first. */
export function lastOfEach(previews: readonly Previewed[]): readonly Previewed[] {
  const newest = previews.toSorted((a, b) => Date.parse(b.sealedAt) - Date.parse(a.sealedAt));
  return newest.filter((one, index) => newest.findIndex(({ commit }) => commit === one.commit) === index);
}
