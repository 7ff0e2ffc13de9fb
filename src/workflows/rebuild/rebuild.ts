import { asProblem, Problem } from "../../base/problem/index.ts";
import { planRebuild, type PlannedStack, type RebuildPlan } from "../../domain/rebuilding/index.ts";
import { windowsOpen } from "../../domain/gates/index.ts";
import type { RebuildReport } from "../../domain/reports/index.ts";
import { eachOf, refuseActing, type Estate } from "../estate/index.ts";
import { giveBackLease, halfBackProblem, keepLease, newRunId, recentRuns, type EnvironmentRecord } from "../ledger/index.ts";
import { frozenNow } from "../inspection/index.ts";
import { openGate } from "../recovery/index.ts";
import { readGround, type Ground } from "./ground.ts";
import { judgePlace } from "./judging.ts";
import { tookMs } from "./kept.ts";
import { limitsOf, lookAtAll, type Looking, type StackLook } from "./look.ts";
import { beginning, finishing, runRecord, sentenceOf, type RebuildEnd } from "./records.ts";
import { rebuildReportOf, type Told } from "./report.ts";
import type { Asked, RebuildRequest } from "./request.ts";
import { riddleProblem } from "./riddles.ts";
import type { RebuildRun } from "./run.ts";
import { leftOut, rebuildStack, verifyTogether } from "./stack.ts";

/** What became of a request to rebuild. */
export interface Rebuild {
  readonly report: RebuildReport;
  readonly problem: Problem | undefined;
}

interface Planned {
  readonly looking: Looking;
  readonly looks: ReadonlyMap<string, StackLook>;
  readonly plan: RebuildPlan;
  readonly notes: readonly string[];
}

function planOf({ ground, runs }: Looking, looks: readonly StackLook[]): RebuildPlan {
  const reads = Object.fromEntries(
    looks.map(({ place: { stack, revision } }) => {
      const names = new Set(looks.map((one) => one.place.stack.name));
      const own = revision.closures.find((closure) => closure.stack === stack.name)?.reads ?? [];
      return [stack.name, own.filter((read) => names.has(read.stack))];
    }),
  );
  const names = new Set(looks.map(({ place }) => place.stack.name));
  return planRebuild({
    environment: ground.request.environment,
    reads,
    only: ground.request.stacks,
    stacks: looks.map(({ place: { stack }, loss }) => ({
      // What it depended on and is live no more has nothing to wait for.
      stack: { ...stack, dependsOn: stack.dependsOn.filter((name) => names.has(name)) },
      loss,
      tookMs: tookMs(runs, stack.name),
    })),
  });
}

function notesOf(ground: Ground): readonly string[] {
  const { environment } = ground.rules;
  const answer = windowsOpen(environment.windows, "apply", ground.estate.clock.now());
  const window = answer.open ? [] : [`a window is closed (${answer.reason}); a rebuild passes it`];
  const ledger = ground.live === undefined ? [`no ledger of ${environment.name} is left: what is declared at ${ground.branch.name} is made`] : [];
  return [...ledger, ...window];
}

/** What stands in the way of the whole, before anybody is asked: a way back that did not end, holds, another account, what only a person can know. */
function refused({ looking: { ground }, looks, plan }: Planned): Problem | undefined {
  for (const { stack } of plan.waves.flat()) {
    const look = looks.get(stack.name);
    if (look === undefined) continue;
    const open = halfBackProblem(ground.request.environment, stack.name, ground.live?.vetoes ?? []);
    if (open !== undefined) return open;
    const { problem } = judgePlace(ground, {
      place: look.place,
      live: ground.live,
      state: { resources: [], pending: [] },
      planned: undefined,
      asked: undefined,
    });
    if (problem !== undefined) return problem;
    const asks = (look.finds ?? []).filter((one) => one.kind === "ask");
    if (asks.length > 0) return riddleProblem(ground, look.place, asks);
  }
  return undefined;
}

async function planAll(estate: Estate, request: RebuildRequest): Promise<Planned> {
  const ground = await readGround(estate, request);
  const looking = { ground, runs: await recentRuns(estate.repository, ground.ledger) };
  const looks = await lookAtAll(looking);
  return { looking, looks: new Map(looks.map((look) => [look.place.stack.name, look])), plan: planOf(looking, looks), notes: notesOf(ground) };
}

/** Between the question and the lease somebody may have worked on it: then what was answered was about something else. */
function refuseMoved({ looking: { ground }, plan }: Planned, now: EnvironmentRecord): void {
  for (const { stack } of plan.waves.flat()) {
    const [was, is] = [ground.live?.stacks[stack.name], now.stacks[stack.name]];
    if (was?.run === is?.run && was?.stateDigest === is?.stateDigest && was?.result === is?.result) continue;
    throw new Problem("STALE", {
      what: `${stack.name} was worked on after the plan was made`,
      on: `environment ${ground.request.environment}`,
      todo: `Nothing was touched. Look again: trueup rebuild ${ground.request.environment} --dry-run`,
    });
  }
}

/** Every stack that a failed one stands below is left out; beside it the others go on: each one that works again is worth having. */
async function rebuildWave(run: RebuildRun, wave: readonly PlannedStack[]): Promise<void> {
  const { ground } = run.looking;
  const atOnce = ground.rules.environment.apply.parallel;
  await eachOf(wave, { atOnce }, async ({ stack, after }) => {
    const look = run.looks.get(stack.name);
    if (look === undefined) return;
    const isBlocked = after.some((name) => run.rebuilt.get(name)?.result !== "good");
    if (isBlocked || run.signal.aborted) {
      ground.estate.observe({ kind: "stack", stack: stack.name, state: "skipped" });
      run.rebuilt.set(stack.name, leftOut(look));
      return;
    }
    run.rebuilt.set(stack.name, await rebuildStack(run, look));
  });
}

/** What somebody froze meanwhile is left out, and the same call goes on when it is lifted. Raises HELD. */
async function refuseFrozen(run: RebuildRun, left: readonly (readonly PlannedStack[])[]): Promise<void> {
  const { ledger, estate, request } = run.looking.ground;
  const names = left.flat().map(({ stack }) => stack.name);
  const frozen = await frozenNow({ ledger, clock: estate.clock, environment: request.environment }, names);
  if (frozen === undefined) return;
  for (const name of names) {
    const look = run.looks.get(name);
    if (look !== undefined) run.rebuilt.set(name, leftOut(look));
  }
  throw frozen;
}

async function recordAttempt(run: RebuildRun): Promise<void> {
  const { ledger } = run.looking.ground;
  await ledger.record(
    (current) => ({
      next: beginning(run, current),
      runs: [runRecord(run, "running", undefined)],
      sentence: sentenceOf(run, "applying", undefined),
      trailers: { Run: run.run, Kind: "rebuild", Result: "applying" },
    }),
    run.kept.lease,
  );
}

async function work(run: RebuildRun, planned: Planned): Promise<void> {
  refuseMoved(planned, run.before);
  await recordAttempt(run);
  const { waves } = run.plan;
  for (const [index, wave] of waves.entries()) {
    if (index > 0) await refuseFrozen(run, waves.slice(index));
    run.looking.ground.estate.observe({ kind: "wave", number: index + 1, of: waves.length, stacks: wave.map(({ stack }) => stack.name) });
    await rebuildWave(run, wave);
  }
  const problem = await verifyTogether(run);
  if (problem !== undefined) throw problem;
}

function endOf(run: RebuildRun, broken: Problem | undefined): { readonly end: RebuildEnd; readonly problem: Problem | undefined } {
  const all = [...run.rebuilt.values()];
  const problem = broken ?? all.find((one) => one.problem !== undefined)?.problem;
  if (problem !== undefined) return { end: problem.code === "CANCELLED" ? "cancelled" : all.length === 0 ? "refused" : "failed", problem };
  if (!run.signal.aborted) return { end: "good", problem };
  const { environment } = run.looking.ground.request;
  const cancelled = new Problem("CANCELLED", {
    what: "cancelled while stacks were rebuilt",
    on: `environment ${environment}`,
    todo: `See what stands with: trueup status ${environment}; go on with: trueup rebuild ${environment}`,
  });
  return { end: "cancelled", problem: cancelled };
}

/** Records the end and gives the lease back in one commit. */
async function giveBack(run: RebuildRun, over: { readonly end: RebuildEnd; readonly problem: Problem | undefined }): Promise<void> {
  const { ledger, estate } = run.looking.ground;
  await giveBackLease({ ledger, kept: run.kept, clock: estate.clock }, (current) => ({
    next: finishing(run, current, over.end),
    runs: [runRecord(run, over.end, over.problem)],
    sentence: sentenceOf(run, over.end, over.problem),
    trailers: { Run: run.run, Kind: "rebuild", Result: over.end },
  }));
  await run.gate.close();
}

async function underLease(planned: Planned, asked: Asked, begun: { readonly at: Date; readonly ms: number }): Promise<Rebuild> {
  const { looking, looks, plan, notes } = planned;
  const { estate, ledger, request, engine, rules } = looking.ground;
  const id = newRunId(estate.clock.now(), estate.host);
  const { lease, snapshot, tookOver } = await ledger.takeLease(id);
  if (tookOver !== undefined) estate.observe({ kind: "step", text: `took the lease over from run ${tookOver.from.run}: ${tookOver.how}` });
  const kept = keepLease(ledger, lease, estate.clock);
  const signal = request.signal === undefined ? kept.lost : AbortSignal.any([request.signal, kept.lost]);
  let run: RebuildRun | undefined;
  let broken: Problem | undefined;
  try {
    const gate = await openGate({
      estate,
      ledger,
      environment: rules.environment,
      live: snapshot.environment,
      kept,
      limits: { ...limitsOf(looking.ground), signal },
    });
    const versions = { pulumi: await engine.version() };
    const common = { looking, looks, plan, run: id, asked, startedAt: begun.at, startedMs: begun.ms, versions, overridden: [] };
    run = { ...common, kept, gate, before: snapshot.environment, signal, rebuilt: new Map() };
    await work(run, planned);
  } catch (thrown) {
    broken = asProblem(thrown, `environment ${request.environment}`);
    if (run === undefined) {
      await giveBackLease({ ledger, kept, clock: estate.clock }, (current) => ({
        next: current,
        sentence: `${request.environment}: run ${id} ended before it began; nothing was changed`,
      })).catch(() => undefined);
      throw broken;
    }
  }
  if (kept.lost.aborted) broken = asProblem(kept.lost.reason, `environment ${request.environment}`);
  const over = endOf(run, broken);
  // A lease that was lost is not ours to give back; trying is safe, the ledger refuses.
  if (broken === undefined) await giveBack(run, over);
  else await giveBack(run, over).catch(() => undefined);
  const { end, problem } = over;
  const told: Told = {
    environment: request.environment,
    plan,
    looks,
    notes,
    ended: { run: id, end, asked, rebuilt: run.rebuilt, durationMs: estate.clock.monotonicMs() - begun.ms, problem },
  };
  return { report: rebuildReportOf(told), problem };
}

/**
 * Makes an environment again what it was live as, from git and what is left of it: looks at every stack, plans, asks once, takes in what still
 * exists, makes the rest in waves, verifies. A dry run, and a no, change nothing. At most three ledger pushes besides renewals. Killed anywhere, the
 * same call goes on.
 */
export async function rebuildEnvironment(estate: Estate, request: RebuildRequest): Promise<Rebuild> {
  if (!request.dryRun) refuseActing(estate.machine, request.environment);
  const planned = await planAll(estate, request);
  const report = rebuildReportOf({ environment: request.environment, ...planned });
  if (planned.plan.waves.length === 0) return { report, problem: undefined };
  const problem = refused(planned);
  if (request.dryRun) return { report, problem };
  if (problem !== undefined) throw problem;
  const asked = await request.ask(report);
  if (asked === undefined)
    throw new Problem("CANCELLED", {
      what: "nobody said yes to the plan; nothing was changed",
      on: `environment ${request.environment}`,
      todo: `Look at it again: trueup rebuild ${request.environment} --dry-run`,
    });
  // The clock that is told counts from the yes: how long a person thinks is not what it takes.
  return underLease(planned, asked, { at: estate.clock.now(), ms: estate.clock.monotonicMs() });
}
