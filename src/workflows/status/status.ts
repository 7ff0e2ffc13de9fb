import { Problem } from "../../base/problem/index.ts";
import type { LogEntry, StatusReport } from "../../domain/reports/index.ts";
import { holdsAt, liftCommand } from "../../domain/gates/index.ts";
import { closureDigest, movedStacks } from "../../domain/planner/index.ts";
import { writtenBackText } from "../../domain/write-back/index.ts";
import { environmentBranch, ledgerOf, readRevisionOrRemoved, type Estate, type Revision } from "../estate/index.ts";
import { liveStacks } from "../inspection/index.ts";
import type { EnvironmentRecord, StackRecord } from "../ledger/index.ts";

type Held = StatusReport["held"][number];

function held(live: EnvironmentRecord, now: Date, ageOf: (at: string) => number): Held[] {
  const { environment } = live;
  const people = holdsAt(live, now).map(({ kind, stacks, reason, by, since, until }): Held => {
    const [stack] = stacks.length === 1 ? stacks : [];
    const ends = until === null ? {} : { until, endsInMs: Date.parse(until) - now.getTime() };
    return { kind, stacks, reason, by, ageMs: ageOf(since), ...ends, lift: liftCommand(environment, { kind, stack }) };
  });
  const vetoes = live.vetoes.map((one): Held => ({
    kind: "veto",
    stacks: Object.keys(one.closureDigests),
    reason: one.reason,
    by: `run ${one.run}`,
    ageMs: ageOf(one.since),
    ...(one.writtenBack === undefined
      ? {}
      : { writtenBack: writtenBackText(one.writtenBack, { environment, branch: live.branch?.name ?? `env/${environment}` }) }),
    lift: one.state === "rollingBack" ? `trueup apply ${environment}` : `trueup retry ${environment}`,
  }));
  return [...people, ...vetoes];
}

/** Who works on it, and when drift was last looked for. */
function activity({ lease, drift }: EnvironmentRecord, ageOf: (at: string) => number): Pick<StatusReport, "lease" | "driftAgeMs"> {
  return {
    ...(lease === null ? {} : { lease: { who: lease.who, host: lease.host, run: lease.run, ageMs: ageOf(lease.acquiredAt) } }),
    ...(drift.checkedAt === null ? {} : { driftAgeMs: ageOf(drift.checkedAt) }),
  };
}

interface StackFound {
  readonly record: StackRecord | undefined;
  /** Closure digest at the branch's head. */
  readonly digest: string | undefined;
  readonly drift: number;
  ageOf(at: string): number;
}

function stackStatus(name: string, found: StackFound): StatusReport["stacks"][number] {
  const { record, digest, drift } = found;
  if (record === undefined) return { name, result: "never", resources: 0, drift, behind: true };
  const isBehind = record.result !== "good" || record.lastGood?.closureDigest !== digest;
  const commit = record.lastGood?.commit;
  return {
    name,
    result: record.result,
    resources: record.resources,
    drift,
    behind: isBehind,
    ageMs: found.ageOf(record.since),
    ...(commit === undefined ? {} : { commit }),
  };
}

/** Live and declared nowhere: no key of this name, or the key is another Pulumi stack now. */
function orphansOf({ environment, closures }: Revision, live: EnvironmentRecord | undefined): StatusReport["orphans"] {
  const declared = new Set(environment.stacks.map(({ name }) => name));
  const left = Object.entries(live?.stacks ?? {}).filter(([name]) => !declared.has(name) && environment.retire[name] === undefined);
  const moved = movedStacks({ environment, closures, live: liveStacks(live) });
  return [
    ...left.map(([stack, { resources }]) => ({ stack, resources })),
    ...moved.map(({ stack, was }) => ({ stack: `${stack} (${was})`, resources: live?.stacks[stack]?.resources ?? 0 })),
  ];
}

interface Read {
  readonly revision: Revision;
  readonly unreadable: StatusReport["unreadable"];
}

/** What is declared at the head; where nobody can read that, what is live is still known, and is needed the more. */
async function readHead(estate: Estate, head: string, { name, live }: { readonly name: string; readonly live: EnvironmentRecord | undefined }): Promise<Read> {
  try {
    return { revision: await readRevisionOrRemoved(estate, head, { name, live }), unreadable: undefined };
  } catch (thrown) {
    const was = live?.branch?.head;
    if (!(thrown instanceof Problem) || was === undefined || was === head) throw thrown;
    const { code, what, on, todo } = thrown;
    const revision = await readRevisionOrRemoved(estate, was, { name, live }).catch(() => Promise.reject(thrown));
    return { revision, unreadable: { code, what, on, todo } };
  }
}

/** How an environment stands, answered from git alone: its branch and its ledger. */
export async function environmentStatus(estate: Estate, environment: string): Promise<StatusReport> {
  await estate.repository.fetch();
  const live = (await (await ledgerOf(estate, environment)).read({ fetch: false }))?.environment;
  const branch = await environmentBranch(estate, environment, live?.branch?.name);
  const { revision, unreadable } = await readHead(estate, branch.head, { name: environment, live });
  const now = estate.clock.now().getTime();
  const ageOf = (at: string): number => Math.max(0, now - Date.parse(at));
  const declared = revision.environment.stacks.map(({ name }) => name);
  const recorded = live?.stacks ?? {};
  const digests = new Map(revision.closures.map((closure) => [closure.stack, closureDigest(closure)]));
  const stacks = declared.map((name) =>
    stackStatus(name, {
      record: recorded[name],
      digest: digests.get(name),
      drift: live?.drift.findings.filter((one) => one.stack === name).length ?? 0,
      ageOf,
    }),
  );
  return {
    environment,
    branch: branch.name,
    cloud: revision.environment.cloud,
    head: branch.head,
    stacks,
    held: live === undefined ? [] : held(live, estate.clock.now(), ageOf),
    orphans: orphansOf(revision, live),
    ...(unreadable === undefined ? {} : { unreadable }),
    ...(revision.removed === true ? { removed: true as const } : {}),
    ...(live === undefined ? {} : activity(live, ageOf)),
  };
}

/** What the ledger tells, newest first. */
export async function environmentLog(estate: Estate, environment: string, limit: number): Promise<readonly LogEntry[]> {
  await estate.repository.fetch();
  const ledger = await ledgerOf(estate, environment);
  if ((await ledger.read({ fetch: false })) === undefined) await environmentBranch(estate, environment, undefined);
  return (await ledger.log(limit)).map(({ sha, at, sentence }) => ({ commit: sha, at, sentence }));
}
