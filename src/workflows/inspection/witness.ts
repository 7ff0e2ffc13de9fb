import { createHmac } from "node:crypto";
import { join } from "node:path";
import { canonicalJson } from "../../base/json/index.ts";
import type { Files } from "../../base/host/index.ts";
import { Secret } from "../../base/secret/index.ts";
import type { Engine, EngineOutcome, StackSite } from "../../adapters/engine/index.ts";

/** The plain value behind Secrets at any depth; it is hashed at once and goes nowhere else. */
function revealed(value: unknown): unknown {
  if (value instanceof Secret) {
    const text = value.reveal();
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  }
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, revealed(member)]));
}

/** A secret text stays text when its JSON form would be read as something else: both readings count as equal. */
function digests(value: unknown, salt: string): readonly string[] {
  const of = (plain: unknown): string => createHmac("sha256", salt).update(canonicalJson(plain)).digest("hex");
  return value instanceof Secret ? [of(value.reveal()), of(revealed(value))] : [of(revealed(value))];
}

async function witnessed(site: StackSite, files: Pick<Files, "read">): Promise<ReadonlyMap<string, string>> {
  const text = (await files.read(join(site.directory, ".trueup-run", `${site.pulumiStack}.outputs`))) ?? "";
  const lines = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { readonly name: string; readonly digest: string });
  return new Map(lines.map(({ name, digest }) => [name, digest]));
}

/**
 * Settles by the program's witness what the engine cannot tell, since it masks secrets on both sides: takes those outputs out of
 * `changedOutputs` that are what they were, and adds masked ones that are not. Programs without our dispatcher leave no witness; theirs stay
 * as they are.
 */
export async function withWitness(
  engine: Engine,
  run: { readonly site: StackSite; readonly salt: string; readonly files: Pick<Files, "read"> },
  outcome: EngineOutcome,
): Promise<EngineOutcome> {
  const { changedOutputs, maskedOutputs = [] } = outcome.changes;
  const doubtful = [...changedOutputs, ...maskedOutputs];
  if (doubtful.length === 0 || outcome.result !== "succeeded") return outcome;
  const fresh = await witnessed(run.site, run.files);
  if (fresh.size === 0) return outcome;
  const before = await engine.outputs(run.site);
  // A masked output without a witness, in a program that leaves them, is one whose value is not known yet.
  const isSame = (name: string): boolean => {
    const digest = fresh.get(name);
    return digest !== undefined && Object.hasOwn(before, name) && digests(before[name], run.salt).includes(digest);
  };
  return { ...outcome, changes: { ...outcome.changes, changedOutputs: doubtful.filter((name) => !isSame(name)) } };
}
