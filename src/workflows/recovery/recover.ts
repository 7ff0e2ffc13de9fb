import { Problem, didYouMean } from "../../base/problem/index.ts";
import type { Engine, StackSite } from "../../adapters/engine/index.ts";
import type { StackDeclaration } from "../../domain/environments/index.ts";
import type { Evidence } from "../../domain/recovery/index.ts";
import { environmentBranch, ledgerOf, prepareSites, readRevisionOrRemoved, refuseActing, type Estate, type Revision } from "../estate/index.ts";
import { keepLease, newRunId, type EnvironmentRecord, type KeptLease, type Ledger, type LeftRun } from "../ledger/index.ts";
import { mendStack, type Mended, type MendWork } from "./mend.ts";
import { noting } from "./noting.ts";
import { lastRuns, pastOf } from "./past.ts";
import { recoveryRecord, recoverySentence } from "./run-record.ts";

export interface RecoverRequest {
  readonly environment: string;
  /** Left out: every declared stack. */
  readonly stack?: string | undefined;
  /** Only tell what is so and what would be done. */
  readonly lookOnly: boolean;
  /** What a person who looked in the cloud says, by urn. */
  readonly said: ReadonlyMap<string, NonNullable<Evidence["said"]>>;
  readonly signal?: AbortSignal;
  readonly hardSignal?: AbortSignal;
}

/** What earlier runs left of an environment's stacks, and what was done about it. */
export interface Recovery {
  readonly environment: string;
  /** undefined: nothing was changed, so nothing is recorded. */
  readonly run: string | undefined;
  readonly head: string;
  /** Who died: runs of this host, by their journals. */
  readonly left: readonly LeftRun[];
  /** As the ledger had it before. */
  readonly live: EnvironmentRecord | undefined;
  readonly stacks: readonly Mended[];
  /** What stands between the first stack that nobody may run and its next run. */
  readonly problem: Problem | undefined;
}

interface Ground {
  readonly estate: Estate;
  readonly request: RecoverRequest;
  readonly ledger: Ledger;
  readonly live: EnvironmentRecord | undefined;
  readonly revision: Revision;
  readonly head: string;
  readonly stacks: readonly { readonly engine: Engine; readonly site: StackSite }[];
}

function wanted({ environment }: Revision, { stack }: RecoverRequest): readonly StackDeclaration[] {
  if (stack === undefined) return environment.stacks;
  const found = environment.stacks.find(({ name }) => name === stack);
  if (found !== undefined) return [found];
  const names = environment.stacks.map(({ name }) => name);
  throw new Problem("STACK_UNKNOWN", {
    what: `there is no stack "${stack}"`,
    on: `environment ${environment.name}`,
    todo: `${didYouMean(stack, names).trim()} Declared: ${names.join(", ")}`.trim(),
  });
}

async function open(estate: Estate, request: RecoverRequest): Promise<Ground> {
  const { environment } = request;
  await estate.repository.fetch();
  const ledger = await ledgerOf(estate, environment);
  const live = (await ledger.read({ fetch: false }))?.environment;
  const branch = await environmentBranch(estate, environment, live?.branch?.name);
  const revision = await readRevisionOrRemoved(estate, branch.head, { name: environment, live });
  const declared = wanted(revision, request);
  const sites = await prepareSites(estate, revision, declared);
  const engine = await estate.engine(revision.environment);
  const stacks = await Promise.all(declared.map(async (stack) => ({ engine, site: await sites.site(stack) })));
  return { estate, request, ledger, live, revision, head: branch.head, stacks };
}

type Acting = Pick<MendWork, "confirm" | "lookOnly"> & { readonly left: readonly LeftRun[] };

async function mendAll(ground: Ground, acting: Acting): Promise<readonly Mended[]> {
  const { estate, request, ledger, live, revision, stacks } = ground;
  const past = pastOf({ live, runs: acting.left, processes: estate.host.processes, records: await lastRuns(ledger, live) });
  const limits = {
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    ...(request.hardSignal === undefined ? {} : { hardSignal: request.hardSignal }),
  };
  const found: Mended[] = [];
  for (const { engine, site } of stacks) {
    const notes = acting.lookOnly ? {} : noting({ ledger, clock: estate.clock, kept: acting }, site);
    const { lookOnly, confirm } = acting;
    const work = { estate, environment: revision.environment, live, past, said: request.said, lookOnly, limits, notes, confirm };
    found.push(await mendStack(work, engine, { site }));
  }
  // It was looked at before it is acted on; then an answer that has to wait for others is no longer among what was found.
  if (acting.lookOnly) refuseUnknownWords(request, found);
  return found;
}

/** A urn of which nothing is unfinished is a slip of the pen, or was dealt with since. */
function refuseUnknownWords({ said, environment }: RecoverRequest, stacks: readonly Mended[]): void {
  const known = new Set(stacks.flatMap(({ found }) => found.map(({ urn }) => urn)));
  const unknown = [...said.keys()].find((urn) => !known.has(urn));
  if (unknown === undefined) return;
  throw new Problem("USAGE", {
    what: `no operation on ${unknown} is unfinished`,
    on: `environment ${environment}`,
    todo: `See what is: trueup recover ${environment} --explain.${didYouMean(unknown, [...known])}`,
  });
}

function resultOf(ground: Ground, done: Pick<Recovery, "left" | "stacks" | "run">): Recovery {
  const { request, live, head } = ground;
  return { environment: request.environment, live, head, ...done, problem: done.stacks.find(({ problem }) => problem !== undefined)?.problem };
}

async function look(ground: Ground): Promise<Recovery> {
  const left = await ground.ledger.left({ lookOnly: true });
  const stacks = await mendAll(ground, { left, lookOnly: true, confirm: async () => undefined });
  return resultOf(ground, { left, stacks, run: undefined });
}

async function underLease(ground: Ground, kept: KeptLease, run: string): Promise<Recovery> {
  const { ledger, estate } = ground;
  const startedAt = estate.clock.now();
  const left = await ledger.left();
  const stacks = await mendAll(ground, { left, lookOnly: false, confirm: () => kept.confirm() });
  await kept.stop();
  const done = resultOf(ground, { left, stacks, run });
  await ledger.releaseLease(kept.lease, (current) => ({
    next: current,
    runs: [recoveryRecord(done, { estate, startedAt, fencing: kept.lease.fencing })],
    sentence: recoverySentence(done),
    trailers: { Run: run, Kind: "recover", Result: done.problem === undefined ? "good" : "refused" },
  }));
  return done;
}

/**
 * Deals with what dead runs left of an environment, or only tells of it. Takes the lease only where there is something to do: at most two ledger
 * pushes. The stacks' program is not run, and nothing is made or changed in the cloud.
 */
export async function recoverEnvironment(estate: Estate, request: RecoverRequest): Promise<Recovery> {
  if (!request.lookOnly) refuseActing(estate.machine, request.environment);
  const ground = await open(estate, request);
  const seen = await look(ground);
  const hasWork = seen.left.length > 0 || seen.stacks.some(({ found }) => found.some(({ kind }) => kind !== "quarantine"));
  if (request.lookOnly || !hasWork) return seen;
  const run = newRunId(estate.clock.now(), estate.host);
  const { lease } = await ground.ledger.takeLease(run);
  const kept = keepLease(ground.ledger, lease, estate.clock);
  try {
    const done = await underLease(ground, kept, run);
    // Every journal of this host was read above; what only a person can know is in the record now.
    if (request.stack === undefined && done.problem === undefined) await ground.ledger.forgetLeft(done.left);
    return done;
  } catch (thrown) {
    await kept.stop();
    await ground.ledger.releaseLease(lease).catch(() => undefined);
    throw thrown;
  }
}
