import { didYouMean, Problem } from "../../base/problem/index.ts";
import { wayBack } from "../../domain/gates/index.ts";
import { closureDigest, planWaves, stackGraph, type AffectedStack } from "../../domain/planner/index.ts";
import { environmentBranch, ledgerOf, readRevision, refuseActing, type Estate, type Revision } from "../estate/index.ts";
import type { EnvironmentRecord, Ledger, StackRecord } from "../ledger/index.ts";
import { finishRollbacks, type Finished } from "./finish.ts";
import { refuseFrozen } from "./frozen.ts";
import type { VetoRecord } from "./record.ts";
import { closedProblem, windowsBack, type Permitting } from "./window.ts";

export interface NowAsked extends Permitting {
  /** Empty: what the newest run brought. */
  readonly stacks: readonly string[];
  readonly reason: string;
  readonly by: string;
  readonly signal?: AbortSignal;
  readonly hardSignal?: AbortSignal;
}

type Good = NonNullable<StackRecord["lastGood"]>;
type Chosen = readonly (readonly [string, StackRecord & { readonly lastGood: Good; readonly previousGood: Good }])[];

function refused(asked: NowAsked, what: string, todo: string): Problem {
  return new Problem("USAGE", { what, on: `environment ${asked.environment}`, todo: `Nothing was touched. ${todo}` });
}

/** The stacks that the newest good run brought. */
function newest({ stacks }: EnvironmentRecord): readonly string[] {
  const good = Object.entries(stacks).flatMap(([name, { lastGood }]) => (lastGood === null ? [] : [{ name, ...lastGood }]));
  const [last] = good.toSorted((a, b) => Date.parse(b.since) - Date.parse(a.since));
  return good.filter(({ run }) => run === last?.run).map(({ name }) => name);
}

function chosenIn(live: EnvironmentRecord, asked: NowAsked): Chosen {
  const known = Object.keys(live.stacks).sort();
  const unknown = asked.stacks.find((name) => live.stacks[name] === undefined);
  if (unknown !== undefined) {
    throw new Problem("STACK_UNKNOWN", {
      what: `nothing of a stack "${unknown}" is live in ${asked.environment}`,
      on: `environment ${asked.environment}`,
      todo: `${didYouMean(unknown, known)} Live are: ${known.join(", ") || "none"}.`.trim(),
    });
  }
  const names = asked.stacks.length > 0 ? asked.stacks : newest(live);
  const chosen = names.flatMap((name) => {
    const record = live.stacks[name];
    const { lastGood = null, previousGood } = record ?? {};
    return record === undefined || lastGood === null || previousGood === undefined ? [] : [[name, { ...record, lastGood, previousGood }] as const];
  });
  // Of what a run brought some may only have read anew: that is looked at again with what it reads.
  if (chosen.length > 0 && (asked.stacks.length === 0 || chosen.length === names.length)) return chosen;
  const without = names.filter((name) => !chosen.some(([one]) => one === name));
  throw refused(
    asked,
    `${without.join(", ") || "nothing"} was never good at an earlier commit: there is nothing to go back to`,
    `See: trueup log ${asked.environment}`,
  );
}

/** The chosen ones and all that read them, however far: outputs go back too. */
function withReaders(closures: Revision["closures"], chosen: Chosen): ReadonlySet<string> {
  const names = new Set(chosen.map(([name]) => name));
  for (let before = -1; before !== names.size;) {
    before = names.size;
    for (const { stack, reads = [] } of closures) if (reads.some((read) => names.has(read.stack))) names.add(stack);
  }
  return names;
}

/** The stacks in the order in which they are applied, as the branch has them now. */
function wavesOf({ environment, closures }: Revision, chosen: Chosen): readonly (readonly string[])[] {
  const reads = Object.fromEntries(closures.map(({ stack, reads: all = [] }) => [stack, all]));
  const names = withReaders(closures, chosen);
  const affected = environment.stacks.flatMap((stack): AffectedStack[] => {
    const closure = closures.find((one) => one.stack === stack.name);
    return names.has(stack.name) && closure !== undefined
      ? [{ stack, closureDigest: closureDigest(closure), reasons: ["it is taken back"], action: "apply" }]
      : [];
  });
  return planWaves(stackGraph(environment, reads), affected).map((wave) => wave.map(({ stack }) => stack.name));
}

async function commitsOf(ledger: Ledger, chosen: Chosen): Promise<string[]> {
  const names = new Set(chosen.map(([name]) => name));
  const runs = await Promise.all([...new Set(chosen.map(([, { lastGood }]) => lastGood.run))].map((id) => ledger.run(id).catch(() => undefined)));
  const units = runs.flatMap((run) => run?.units ?? []).filter(({ stacks }) => stacks.some(({ stack }) => names.has(stack)));
  return [...new Set(units.flatMap(({ commits }) => commits))];
}

/** Raises what keeps it from going back now. What is still to be taken back of others is told beside it. */
async function finish(estate: Estate, asked: NowAsked, { unit }: VetoRecord): Promise<readonly Finished[]> {
  const finished = await finishRollbacks(estate, asked);
  const own = finished.find(({ veto }) => veto.unit === unit);
  if (own?.problem !== undefined && own.back.state === "rollingBack") throw own.problem;
  return finished;
}

/** A window that names rollbacks holds a person's too, until they say that it shall not. */
async function refuseClosed(estate: Estate, asked: NowAsked, { live, head }: { readonly live: EnvironmentRecord; readonly head: Revision }): Promise<void> {
  const { environment } = asked;
  const way = wayBack(await windowsBack(estate, asked, { live, otherwise: () => Promise.resolve(head.environment) }), estate.clock.now());
  if (way.kind !== "closed") return;
  throw closedProblem(environment, way, { touched: "Nothing was touched.", command: `trueup rollback ${environment} --now` });
}

/**
 * Break-glass: takes stacks back to the commit at which they were good before, now, and not by a change of the branch. What is undone is held from then on,
 * until it is different or somebody says retry. The intent is in the ledger first. Raises USAGE, STACK_UNKNOWN, HELD, LEASE_HELD before anything is
 * touched, and what keeps it from going back now; what could not be taken back is frozen, and in what is answered.
 */
export async function rollBackNow(estate: Estate, asked: NowAsked): Promise<readonly Finished[]> {
  const { environment, reason, by } = asked;
  refuseActing(estate.machine, environment);
  await estate.repository.fetch();
  const ledger = await ledgerOf(estate, environment);
  const live = (await ledger.read({ fetch: false }))?.environment;
  const branch = await environmentBranch(estate, environment, live?.branch?.name);
  if (live === undefined) throw refused(asked, `nothing of ${environment} is live`, `Apply it first: trueup apply ${environment}`);
  const at = estate.clock.now();
  const chosen = chosenIn(live, asked);
  refuseFrozen(live, { environment, names: new Set(chosen.map(([name]) => name)), at, what: "it" });
  const head = await readRevision(estate, branch.head, environment);
  await refuseClosed(estate, asked, { live, head });
  const waves = wavesOf(head, chosen);
  const commits = await commitsOf(ledger, chosen);
  const [, first] = chosen[0] ?? [];
  const veto: VetoRecord = {
    closureDigests: Object.fromEntries(chosen.map(([name, { lastGood }]) => [name, lastGood.closureDigest])),
    commit: first?.lastGood.commit ?? branch.head,
    run: first?.lastGood.run ?? "",
    reason: `${by} takes it back: ${reason}`,
    since: at.toISOString(),
    unit: `by-hand-${at.getTime()}`,
    commits,
    state: "rollingBack",
    waves: waves.map((wave) => [...wave]),
    targets: Object.fromEntries(chosen.map(([name, { previousGood }]) => [name, previousGood])),
  };
  const done = await ledger.record((current) =>
    current.lease !== null
      ? undefined
      : {
          next: { ...current, vetoes: [...current.vetoes, veto] },
          sentence: `${environment}: ${by} takes ${chosen.map(([name]) => name).join(", ")} back at once: ${reason}`,
          trailers: { Kind: "rollback", By: by, Stacks: chosen.map(([name]) => name).join(" "), Result: "rollingBack" },
        },
  );
  if (done === undefined) {
    throw new Problem("LEASE_HELD", {
      what: "somebody works on it now",
      on: `environment ${environment}`,
      todo: `Nothing was touched. See who: trueup status ${environment}; run again when that is over.`,
      retry: { afterMs: 15_000 },
    });
  }
  return finish(estate, asked, veto);
}
