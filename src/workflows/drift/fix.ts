import { asProblem, Problem } from "../../base/problem/index.ts";
import type { EngineOutcome } from "../../adapters/engine/index.ts";
import { vanished } from "../../domain/gates/index.ts";
import type { Estate } from "../estate/index.ts";
import { overdueProblem } from "../inspection/index.ts";
import { driftSentence, keepLease, mostUrns, newRunId, type EnvironmentRecord, type RunRecord } from "../ledger/index.ts";
import { detectDrift, type Detection, type DriftRequest, type StackDrift } from "./drift.ts";

export interface Repair {
  readonly detection: Detection;
  readonly run: string | undefined;
  readonly repaired: readonly { readonly drift: StackDrift; readonly outcome: EngineOutcome; readonly stateAfter: string }[];
  readonly problem: Problem | undefined;
  readonly durationMs: number;
}

/** Stateful or protected things that are gone are never made again without a person: the data would not come back with them. */
function refuseLost(drift: StackDrift, environment: string): void {
  const lost = drift.findings.find((finding) => finding.kind === "gone" && (finding.protected || finding.stateful));
  if (lost === undefined) return;
  throw new Problem("GUARD_REFUSED", {
    what: `${lost.type} ${lost.name} is gone and is ${lost.protected ? "protected" : "stateful"}: making it again would not bring its data back`,
    on: `${environment}.${drift.stack.name}`,
    todo: "Restore it by hand and import it, or remove it from the program.",
  });
}

/** The repair may touch only what was detected: anything else that the engine plans is somebody's change on the way. */
function refuseMore(drift: StackDrift, planned: EngineOutcome, environment: string): void {
  const detected = new Set(drift.findings.map((finding) => finding.urn));
  const more = planned.changes.resources.filter((change) => !detected.has(change.urn) && change.operation !== "read");
  const worse = planned.changes.resources.find((change) => detected.has(change.urn) && (change.operation === "delete" || change.operation === "replace"));
  const first = more[0] ?? worse;
  if (first === undefined) return;
  throw new Problem("STALE", {
    what: `the repair would also ${first.operation} ${first.type} ${first.name}, which is not among the findings`,
    on: `${environment}.${drift.stack.name} at ${drift.commit.slice(0, 7)}`,
    todo: `Nothing was touched. Look with: trueup drift ${environment}; bring git and live together with: trueup apply ${environment}`,
  });
}

async function refuseUnsafe(estate: Estate, request: DriftRequest, drift: StackDrift): Promise<void> {
  const on = `${request.environment}.${drift.stack.name}`;
  const { pending, resources } = await (await estate.engine(drift.revision.environment)).exportState(drift.site);
  const [first] = pending;
  if (first !== undefined) {
    throw new Problem("PENDING_OPERATIONS", {
      what: `${pending.length} operations never ended, the first: ${first.operation} ${first.urn}`,
      on,
      todo: `trueup preview ${request.environment} --all says how to end them.`,
    });
  }
  const lost = vanished(drift.findings.filter((finding) => finding.kind === "gone").length, resources.length);
  if (lost !== undefined) throw new Problem("GUARD_REFUSED", { what: lost.reason, on, todo: lost.todo });
}

/** Between looking and the lease somebody may have applied: then what was found is about another state. */
function refuseMoved(detection: Detection, now: EnvironmentRecord, drifted: readonly StackDrift[]): void {
  const moved = drifted.find(({ stack: { name } }) => detection.live.stacks[name]?.run !== now.stacks[name]?.run);
  if (moved === undefined) return;
  throw new Problem("STALE", {
    what: `${moved.stack.name} was applied again after its drift was found`,
    on: `environment ${detection.environment}`,
    todo: `Look again: trueup drift ${detection.environment}`,
  });
}

function heldBy(live: EnvironmentRecord, drifted: readonly StackDrift[]): Problem | undefined {
  const names = new Set(drifted.map((one) => one.stack.name));
  const hold = [...live.holds, ...live.freezes].find((one) => one.stacks.length === 0 || one.stacks.some((name) => names.has(name)));
  return hold === undefined
    ? undefined
    : new Problem("HELD", { what: `held by ${hold.by}: ${hold.reason}`, on: `environment ${live.environment}`, todo: `Ask ${hold.by} to lift it.` });
}

async function check(estate: Estate, request: DriftRequest, drift: StackDrift): Promise<void> {
  refuseLost(drift, request.environment);
  await refuseUnsafe(estate, request, drift);
  const outcome = await (
    await estate.engine(drift.revision.environment)
  ).preview(drift.site, { live: true, deadlineMs: estate.deadlines.applyMs, ...(request.signal === undefined ? {} : { signal: request.signal }) });
  if (outcome.result !== "succeeded") throw failed(request, drift, outcome);
  refuseMore(drift, outcome, request.environment);
}

function failed(request: DriftRequest, drift: StackDrift, outcome: EngineOutcome): Problem {
  const on = `${request.environment}.${drift.stack.name} at ${drift.commit.slice(0, 7)}`;
  const overdue = overdueProblem(outcome, { stack: drift.stack.name, on, kind: "apply", left: `See what is left with: trueup drift ${request.environment}.` });
  if (overdue !== undefined) return overdue;
  const error = outcome.changes.diagnostics.find((one) => one.severity === "error");
  const code = outcome.result === "cancelled" ? "CANCELLED" : "ENGINE_FAILED";
  return new Problem(code, {
    what: error?.message.split("\n")[0] ?? `the repair ended as ${outcome.result}`,
    on,
    todo: `Look again with: trueup drift ${request.environment}`,
  });
}

function record(request: DriftRequest, repair: Omit<Repair, "durationMs">, [startedAt, endedAt]: readonly [Date, Date]): RunRecord {
  return {
    schema: 1,
    id: repair.run ?? "",
    kind: "drift",
    environment: request.environment,
    commit: null,
    mergedBy: null,
    approvals: [],
    startedAt: startedAt.toISOString(),
    endedAt: endedAt.toISOString(),
    result: repair.problem === undefined ? "good" : "failed",
    fencing: 0,
    overrides: [],
    timings: {},
    versions: {},
    problem: repair.problem === undefined ? null : { code: repair.problem.code, what: repair.problem.what, on: repair.problem.on, todo: repair.problem.todo },
    units: [
      {
        id: "drift",
        commits: [],
        result: repair.problem === undefined ? "good" : "failed",
        stacks: repair.repaired.map(({ drift, outcome, stateAfter }) => ({
          stack: drift.stack.name,
          action: "refresh",
          result: outcome.result === "succeeded" ? "good" : "failed",
          commit: drift.commit,
          closureDigest: "",
          fingerprint: null,
          changes: { create: 0, update: 0, replace: 0, delete: 0, read: 0, import: 0, unchanged: outcome.changes.unchanged },
          urns: outcome.changes.resources.slice(0, mostUrns).map(({ urn, operation }) => ({ urn, operation })),
          urnsLeftOut: Math.max(0, outcome.changes.resources.length - mostUrns),
          stateBefore: "",
          stateAfter,
          durationMs: Math.round(outcome.durationMs),
          problem: null,
        })),
      },
    ],
  };
}

function afterRepair(current: EnvironmentRecord, repair: Omit<Repair, "durationMs">, at: Date): EnvironmentRecord {
  const stacks = { ...current.stacks };
  for (const { drift, outcome, stateAfter } of repair.repaired) {
    const was = stacks[drift.stack.name];
    if (was !== undefined)
      stacks[drift.stack.name] = { ...was, stateDigest: stateAfter, ...(outcome.result === "succeeded" ? {} : { result: "failed" as const }) };
  }
  const fixed = new Set(repair.repaired.filter(({ outcome }) => outcome.result === "succeeded").map(({ drift }) => drift.stack.name));
  return { ...current, stacks, drift: { checkedAt: at.toISOString(), findings: current.drift.findings.filter((finding) => !fixed.has(finding.stack)) } };
}

/**
 * Repairs what detection lists, and only that: refresh and up at each stack's live commit, under the lease. Everything is checked before the
 * first stack is touched; a stack that fails ends the repair.
 */
export async function fixDrift(estate: Estate, request: DriftRequest): Promise<Repair> {
  const startedMs = estate.clock.monotonicMs();
  const startedAt = estate.clock.now();
  const detection = await detectDrift(estate, request);
  const unreadable = detection.stacks.find((one) => one.problem !== undefined)?.problem;
  if (unreadable !== undefined) throw unreadable;
  const drifted = detection.stacks.filter((one) => one.findings.length > 0);
  if (drifted.length === 0) return { detection, run: undefined, repaired: [], problem: undefined, durationMs: estate.clock.monotonicMs() - startedMs };
  const run = newRunId(estate.clock.now());
  const { lease, snapshot } = await detection.ledger.takeLease(run);
  const kept = keepLease(detection.ledger, lease, estate.clock);
  const repaired: { drift: StackDrift; outcome: EngineOutcome; stateAfter: string }[] = [];
  let problem: Problem | undefined;
  try {
    refuseMoved(detection, snapshot.environment, drifted);
    const held = heldBy(snapshot.environment, drifted);
    if (held !== undefined) throw held;
    for (const drift of drifted) await check(estate, request, drift);
    for (const drift of drifted) {
      if (problem !== undefined || kept.lost.aborted) break;
      problem = await repairOne(estate, request, {
        drift,
        repaired,
        note: (session) => void detection.ledger.noteSession(session).catch(() => undefined),
        signal: anyOf(request.signal, kept.lost),
      });
    }
  } catch (thrown) {
    problem = asProblem(thrown, `environment ${request.environment}`);
  } finally {
    const repair = { detection, run, repaired, problem };
    const sentence =
      problem === undefined
        ? driftSentence({
            environment: request.environment,
            looked: detection.stacks.length,
            fixed: true,
            durationMs: estate.clock.monotonicMs() - startedMs,
            found: drifted.map((drift) => ({ stack: drift.stack.name, resources: drift.findings.length })),
          })
        : `${request.environment}: drift not fixed: ${problem.what}`;
    if (kept.lost.aborted) problem = asProblem(kept.lost.reason, `environment ${request.environment}`);
    await kept.stop();
    await detection.ledger.releaseLease(lease, (current) => ({
      next: afterRepair(current, repair, estate.clock.now()),
      runs: [record(request, repair, [startedAt, estate.clock.now()])],
      sentence,
      trailers: { Run: run, Kind: "drift", Result: problem === undefined ? "good" : "failed" },
    }));
  }
  return { detection, run, repaired, problem, durationMs: estate.clock.monotonicMs() - startedMs };
}

interface Repairing {
  readonly drift: StackDrift;
  readonly repaired: { drift: StackDrift; outcome: EngineOutcome; stateAfter: string }[];
  readonly note: (session: number) => void;
  /** An interrupt, or the lease lost. */
  readonly signal: AbortSignal;
}

function anyOf(signal: AbortSignal | undefined, lost: AbortSignal): AbortSignal {
  return signal === undefined ? lost : AbortSignal.any([signal, lost]);
}

async function repairOne(estate: Estate, request: DriftRequest, work: Repairing): Promise<Problem | undefined> {
  const { drift } = work;
  const engine = await estate.engine(drift.revision.environment);
  estate.observe({ kind: "stack", stack: drift.stack.name, state: "applying" });
  const outcome = await engine.up(drift.site, {
    refresh: true,
    deadlineMs: estate.deadlines.applyMs,
    onSession: work.note,
    signal: work.signal,
    ...(request.hardSignal === undefined ? {} : { hardSignal: request.hardSignal }),
  });
  const { digest } = await engine.exportState(drift.site);
  work.repaired.push({ drift, outcome, stateAfter: digest });
  const good = outcome.result === "succeeded";
  estate.observe({ kind: "stack", stack: drift.stack.name, state: good ? "applied" : "failed" });
  return good ? undefined : failed(request, drift, outcome);
}
