import { z } from "zod";
import { Problem } from "../../base/problem/index.ts";
import type { Entry, EnvironmentRecord, Ledger } from "../ledger/index.ts";

/**
 * Which commands of comments were begun, kept in the environment's ledger. A forge has no compare-and-swap: two runs that write one comment both
 * see their own text for a moment, so a reply cannot decide who runs. The ledger can: the claim is one commit, and of two who try exactly one
 * gets it in. So a command that changes something runs at most once: delivered twice, seen by two agents, or begun by one that died. The
 * newest claims are kept; one that was forgotten belongs to a comment that has long been answered, and an answered comment is not read again.
 */
const claimSchema = z.looseObject({ key: z.string(), at: z.iso.datetime(), by: z.string(), command: z.string() });
export type Claim = z.infer<typeof claimSchema>;

const mostClaims = 200;
const recordKey = "answered";

function claimsOf(record: EnvironmentRecord): readonly Claim[] {
  const found = z.array(claimSchema).optional().safeParse(record[recordKey]);
  if (found.success) return found.data ?? [];
  throw new Problem("LEDGER_FOREIGN", {
    what: "the commands that were begun cannot be read",
    on: `the ledger of ${record.environment}, "${recordKey}"`,
    todo: "Find out who edited environment.json.",
  });
}

/** What becomes of the record together with the claim; undefined: nothing, the command is done by who gets the claim. */
export interface Effect {
  readonly next: Partial<Pick<EnvironmentRecord, "holds">>;
  readonly sentence: string;
}

export type Claimed =
  /** It is ours: nobody else has run it, nobody else will. */
  | { readonly kind: "ours" }
  | { readonly kind: "begun"; readonly claim: Claim }
  /** `effect` had nothing to do. */
  | { readonly kind: "void" };

/** Claims a command, in one commit together with its effect where it has one. Raises what the ledger raises: then it may have been claimed, and is not run. */
export async function claim(ledger: Ledger, asked: Claim, effect?: (current: EnvironmentRecord) => Effect | undefined): Promise<Claimed> {
  let begun: Claim | undefined;
  const decide = (current: EnvironmentRecord): Entry | undefined => {
    const claims = claimsOf(current);
    begun = claims.find(({ key }) => key === asked.key);
    const change = effect === undefined ? { next: {}, sentence: `${current.environment}: ${asked.by} says ${asked.command}` } : effect(current);
    if (begun !== undefined || change === undefined) return undefined;
    const next = { ...current, ...change.next, [recordKey]: [...claims, asked].slice(-mostClaims) };
    return { next, sentence: change.sentence, trailers: { Kind: "command", Comment: asked.key, By: asked.by } };
  };
  const done = await ledger.record(decide);
  if (done !== undefined) return { kind: "ours" };
  return begun === undefined ? { kind: "void" } : { kind: "begun", claim: begun };
}
