import { Problem } from "../../base/problem/index.ts";
import type { CommitSignature, Sha } from "../../adapters/git/index.ts";
import { signatureWords, unacceptable } from "../../domain/audit/index.ts";
import type { LedgerPlace } from "./verify.ts";

/** Looks at the signatures of commits. Each that is there costs two short processes. */
export type ReadSignatures = (shas: readonly Sha[]) => Promise<ReadonlyMap<Sha, CommitSignature>>;

/** A ledger is read to its beginning where it has to be. */
const noLimit = 1_000_000;

function broken({ environment, branch }: LedgerPlace, sha: Sha, { words, good }: { readonly words: string; readonly good: Sha | undefined }): Problem {
  const back = good === undefined ? "" : ` To put the last signed one back: git push --force origin ${good}:refs/heads/${branch}.`;
  return new Problem("LEDGER_BROKEN", {
    what: `an entry of the ledger of ${environment} ${words}: ${sha.slice(0, 7)}`,
    on: `branch ${branch}`,
    todo: `Nothing was touched. Find out who pushed it: trueup audit ${environment} --verify.${back}`,
  });
}

/** Entries that are new to this machine; where it knows none, the newest alone. Oldest first. */
async function unseen({ repository }: LedgerPlace, head: Sha, since: Sha | undefined): Promise<readonly Sha[]> {
  if (since === undefined) return [head];
  return (await repository.firstParents(since, head, noLimit)).map(({ sha }) => sha);
}

/**
 * Raises LEDGER_BROKEN where something new in the ledger is signed by nobody who may. A ledger in which nobody has ever signed is let pass: whoever names keys
 * begins with one. From the first good signature on every entry has one.
 */
export async function refuseUnsigned(place: LedgerPlace, head: Sha, since: Sha | undefined): Promise<void> {
  const { signatures, repository } = place;
  if (signatures === undefined || since === head) return;
  const fresh = await unseen(place, head, since);
  const found = await signatures(fresh);
  if (fresh.every((sha) => found.get(sha)?.state === "good")) return;
  const all = (await repository.firstParents(undefined, head, noLimit)).map(({ sha }) => sha);
  const ever = await signatures(all);
  const states = all.map((sha) => ever.get(sha)?.state ?? "none");
  const isNew = new Set(fresh);
  const at = unacceptable(states).find((index) => isNew.has(all[index] ?? ""));
  const sha = at === undefined ? undefined : all[at];
  if (at === undefined || sha === undefined) return;
  throw broken(place, sha, { words: signatureWords(ever.get(sha) ?? { state: "none" }), good: all[states.lastIndexOf("good", at)] });
}

/** Raises CONFIG_INVALID where this process would write an unsigned entry on top of a signed one: everybody who reads it would refuse the ledger. */
export async function refuseToWriteUnsigned({ signatures, environment, branch }: LedgerPlace, before: Sha | undefined, next: Sha): Promise<void> {
  if (signatures === undefined || before === undefined) return;
  const found = await signatures([before, next]);
  const signature = found.get(next) ?? { state: "none" };
  if (found.get(before)?.state !== "good" || signature.state === "good") return;
  throw new Problem("CONFIG_INVALID", {
    what: `the ledger of ${environment} is signed, and what this process would write ${signatureWords(signature)}`,
    on: `branch ${branch}`,
    todo: "Nothing was recorded. Set TRUEUP_SIGNING_KEY to a key that ledger.signers of trueup.config.ts names.",
  });
}
