import { readSignatures } from "../../adapters/git/index.ts";
import type { Signature, Span } from "../../domain/audit/index.ts";
import { isWithin } from "../../domain/audit/index.ts";
import { environmentBranch, ledgerOf, mirrorOf, type Estate } from "../estate/index.ts";
import type { History } from "../ledger/index.ts";

/** Fetches, and refuses what was never applied: an environment that is not there is no empty ledger. True when there is a ledger. */
export async function hasLedger(estate: Estate, environment: string): Promise<boolean> {
  await estate.repository.fetch();
  const ledger = await ledgerOf(estate, environment);
  if ((await ledger.read({ fetch: false })) !== undefined) return true;
  await environmentBranch(estate, environment, undefined);
  return false;
}

/** Where in a history a span begins: before the first entry of it, by any clock that ever wrote one. */
export function startOf({ commits }: Pick<History, "commits">, span: Span): number {
  const at = commits.findIndex((commit) => isWithin(commit.at, span));
  return at < 0 ? commits.length : at;
}

/** What git says of the signatures of commits, in portions. */
export async function signaturesOf(estate: Estate, shas: readonly string[], signers: readonly string[]): Promise<ReadonlyMap<string, Signature>> {
  return readSignatures({ mirror: mirrorOf(estate.work), machine: estate.machine }, shas, signers);
}
