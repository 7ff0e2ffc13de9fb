import { z } from "zod";
import { asProblem, Problem } from "../../base/problem/index.ts";
import { ledgerOf, type Estate } from "../estate/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";

/**
 * What the forge is still to be told, kept in the environment's ledger: an apply leaves it there in the very commit that records its end, and takes
 * it away when it has told it. Where it could not, or was killed before it did, whoever works on the environment next tells it. Only what is to be
 * told is kept, not its text: that is made of the record again. Said twice it is there once, because the forge finds it by its marker.
 */
const untoldSchema = z.looseObject({ what: z.string(), at: z.iso.datetime(), run: z.string().optional(), url: z.string().optional() });
export type Untold = z.infer<typeof untoldSchema>;

const recordKey = "untold";
/** `what` of an apply. */
export const applyUntold = "apply";
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

const isSame = (a: ToTell, b: ToTell): boolean => a.what === b.what && a.run === b.run;

type ToTell = Pick<Untold, "what" | "run" | "url">;

/** The record with one more thing to tell; as it was when that is there. */
export function withUntold(record: EnvironmentRecord, one: ToTell, now: Date): EnvironmentRecord {
  const others = untoldIn(record);
  const fresh: Untold = { ...one, at: now.toISOString() };
  return others.some((each) => isSame(each, fresh)) ? record : { ...record, [recordKey]: [...others, fresh].slice(-mostKept) };
}

/** The record without what is over; as it was when nothing of that is there. */
export function withoutUntold(record: EnvironmentRecord, over: readonly ToTell[]): EnvironmentRecord {
  const all = untoldIn(record);
  const rest = all.filter((one) => !over.some((each) => isSame(each, one)));
  return rest.length === all.length ? record : { ...record, [recordKey]: rest };
}

/** Leaves something to be told by a later run. Never throws: a run does not fail by what nobody was told. */
export async function leaveUntold(estate: Estate, environment: string, one: ToTell): Promise<void> {
  try {
    await (
      await ledgerOf(estate, environment)
    ).record((current) => {
      const next = withUntold(current, one, estate.clock.now());
      const sentence = `${environment}: the forge is still to be told of ${one.run ?? one.what}`;
      return next === current ? undefined : { next, sentence, trailers: { Kind: "untold" } };
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

const names = (all: readonly ToTell[]): string => all.map((one) => one.run ?? one.what).join(", ");

export interface Telling {
  /** Tells one thing; raises when it cannot. */
  readonly tell: (one: Untold) => Promise<void>;
  /** What whoever asks has told by itself just now. */
  readonly told: readonly ToTell[];
}

/** Tells what is left, the oldest first; raises what `tell` raises when the forge is away. At most one ledger push. */
export async function tellUntold(estate: Estate, environment: string, { tell, told }: Telling): Promise<void> {
  const ledger = await ledgerOf(estate, environment);
  const all = untoldIn((await ledger.read({ fetch: false }))?.environment);
  const isTold = (one: Untold): boolean => told.some((each) => isSame(each, one));
  const left = all.filter((one) => !isTold(one));
  const { over, away } = await toldOf(estate, left, tell);
  const gone = [...all.filter(isTold), ...over];
  await ledger.record((current) => {
    const next = withoutUntold(current, gone);
    const sentence = `${environment}: the forge was told${over.length === 0 ? "" : " late"} of ${names(over.length === 0 ? gone : over)}`;
    return next === current ? undefined : { next, sentence, trailers: { Kind: "untold" } };
  });
  if (away !== undefined) throw away;
}
