import { z } from "zod";
import { asProblem, Problem } from "../../base/problem/index.ts";
import { ledgerOf, type Estate } from "../estate/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";

/**
 * What the forge could not be told when a run ended, kept in the environment's ledger: whoever works on the environment next tells it. Only
 * what is to be told is kept, not its text: that is made of the record again. Said twice it is there once, because the forge finds it by its
 * marker.
 */
const untoldSchema = z.looseObject({ what: z.string(), at: z.iso.datetime(), run: z.string().optional(), url: z.string().optional() });
export type Untold = z.infer<typeof untoldSchema>;

const recordKey = "untold";
/** The oldest are forgotten: who looks for them finds them in the log. */
const mostKept = 20;
const keptMs = 7 * 24 * 3_600_000;

export function untoldIn(record: EnvironmentRecord | undefined): readonly Untold[] {
  const found = z.array(untoldSchema).optional().safeParse(record?.[recordKey]);
  if (found.success) return found.data ?? [];
  throw new Problem("LEDGER_FOREIGN", {
    what: "what the forge was not told cannot be read",
    on: `the ledger of ${record?.environment ?? "the environment"}, "${recordKey}"`,
    todo: "Find out who edited environment.json.",
  });
}

const isSame = (a: Untold, b: Untold): boolean => a.what === b.what && a.run === b.run;

/** Leaves something to be told by a later run. Never throws: a run does not fail by what nobody was told. */
export async function leaveUntold(
  estate: Estate,
  environment: string,
  one: { readonly what: string; readonly run?: string; readonly url?: string },
): Promise<void> {
  try {
    const fresh: Untold = { ...one, at: estate.clock.now().toISOString() };
    await (
      await ledgerOf(estate, environment)
    ).record((current) => {
      const others = untoldIn(current);
      if (others.some((each) => isSame(each, fresh))) return undefined;
      const next = { ...current, [recordKey]: [...others, fresh].slice(-mostKept) };
      return { next, sentence: `${environment}: the forge is still to be told of ${one.run ?? one.what}`, trailers: { Kind: "untold" } };
    });
  } catch (thrown) {
    estate.observe({ kind: "step", text: `that the forge is still to be told could not be kept: ${asProblem(thrown, environment).what}` });
  }
}

/** Whether somebody who is asked again later may say yes. */
export const isPassing = (problem: Problem | undefined): boolean => problem !== undefined && problem.retry !== "never";

/** Tells them one after the other until the forge is away; what it will never take, and what is too old, is over as well. */
async function toldOf(
  estate: Estate,
  left: readonly Untold[],
  tell: (one: Untold) => Promise<void>,
): Promise<{ readonly over: readonly Untold[]; readonly away?: Problem }> {
  const over: Untold[] = [];
  for (const one of left) {
    try {
      if (estate.clock.now().getTime() - Date.parse(one.at) < keptMs) await tell(one);
    } catch (thrown) {
      const problem = asProblem(thrown, "the forge");
      if (isPassing(problem)) return { over, away: problem };
      estate.observe({ kind: "step", text: `the forge will never be told of ${one.run ?? one.what}: ${problem.what}` });
    }
    over.push(one);
  }
  return { over };
}

/** Tells what is left, the oldest first; raises what `tell` raises when the forge is away. At most one ledger push. */
export async function tellUntold(estate: Estate, environment: string, tell: (one: Untold) => Promise<void>): Promise<void> {
  const ledger = await ledgerOf(estate, environment);
  const left = untoldIn((await ledger.read({ fetch: false }))?.environment);
  const { over, away } = await toldOf(estate, left, tell);
  if (over.length > 0) {
    await ledger.record((current) => {
      const rest = untoldIn(current).filter((one) => !over.some((each) => isSame(each, one)));
      const sentence = `${environment}: the forge was told late of ${over.map((one) => one.run ?? one.what).join(", ")}`;
      return { next: { ...current, [recordKey]: rest }, sentence, trailers: { Kind: "untold" } };
    });
  }
  if (away !== undefined) throw away;
}
