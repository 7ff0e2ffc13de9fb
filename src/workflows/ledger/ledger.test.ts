import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { plainGit, testRemote, type TestRemote } from "../../adapters/git/test-remote.ts";
import { systemClock, type Clock } from "../../base/clock/index.ts";
import { Problem } from "../../base/problem/index.ts";
import { sessionMembers, thisMachine } from "../../base/process/index.ts";
import { openLedger, type Entry, type Ledger } from "./ledger.ts";
import { leaseTimes, machineOf, type ProofOfLife } from "./lease.ts";
import { applySentence } from "./message.ts";
import { thisOwner } from "./owner.ts";
import { newRunId } from "./run-files.ts";
import type { RunRecord } from "./run-schema.ts";
import type { EnvironmentRecord, StackRecord } from "./schema.ts";
import type { LedgerRepository } from "./verify.ts";

let remote: TestRemote;
let local: string;
let pushes: number;

beforeEach(() => {
  remote = testRemote();
  local = mkdtempSync(join(remote.folder, "local-"));
  pushes = 0;
});
afterEach(() => remote.remove());

interface Setup {
  readonly directory?: string;
  readonly clock?: Clock;
  readonly owner?: Partial<ReturnType<typeof thisOwner>>;
  readonly environment?: string;
  readonly repository?: LedgerRepository;
  readonly proofs?: readonly ProofOfLife[];
}

/** A real repository with some of its methods watched or made careless. */
function narrowed(real: LedgerRepository, changed: Partial<LedgerRepository>): LedgerRepository {
  return {
    fetch: () => real.fetch(),
    branch: (name) => real.branch(name),
    commit: (sha) => real.commit(sha),
    read: (sha, path) => real.read(sha, path),
    list: (sha, path) => real.list(sha, path),
    write: (options) => real.write(options),
    isAncestor: (a, b) => real.isAncestor(a, b),
    firstParents: (from, to, limit) => real.firstParents(from, to, limit),
    moveRef: (ref, old, next) => real.moveRef(ref, old, next),
    ...changed,
  };
}

async function ledgerOf(who: string, setup: Setup = {}): Promise<Ledger> {
  const real = setup.repository ?? (await remote.open());
  const moveRef: LedgerRepository["moveRef"] = (ref, old, next) => {
    pushes += 1;
    return real.moveRef(ref, old, next);
  };
  const repository = narrowed(real, { moveRef });
  const owner = { ...thisOwner("host-1", who), ...setup.owner };
  return openLedger({
    repository,
    prefix: "trueup",
    environment: setup.environment ?? "dev",
    owner,
    clock: setup.clock ?? systemClock,
    directory: setup.directory ?? local,
    ...(setup.proofs === undefined ? {} : { proofs: setup.proofs }),
  });
}

const commit = "4f2c1d9".padEnd(40, "0");
const at = "2026-11-20T10:00:00.000Z";

function stack(name: string, result: StackRecord["result"]): StackRecord {
  return {
    commit,
    closureDigest: "c1",
    stateDigest: "s1",
    result,
    since: at,
    run: "r1",
    resources: 3,
    pulumiStack: `dev.${name}`,
    backend: "file://state",
    lastGood: null,
  };
}

function run(id: string, result: string): RunRecord {
  return {
    schema: 1,
    id,
    kind: "apply",
    environment: "dev",
    commit,
    mergedBy: "Ann",
    approvals: [],
    startedAt: at,
    endedAt: null,
    result,
    fencing: 1,
    units: [],
    overrides: [],
    timings: {},
    versions: {},
    problem: null,
  };
}

const nothing =
  (sentence: string) =>
  (current: EnvironmentRecord): Entry => ({ next: current, sentence });

describe("one apply", () => {
  test("is two pushes, readable as a story in git log, and complete in the tree", async () => {
    const ledger = await ledgerOf("Ann");
    expect(await ledger.read()).toBeUndefined();
    const id = newRunId(new Date(at));
    const { lease } = await ledger.takeLease(id, (current) => ({
      next: { ...current, stacks: { shop: stack("shop", "applying") } },
      runs: [run(id, "running")],
      sentence: applySentence({ environment: "dev", commit, result: "applying", stacks: ["machines", "shop"], mergedBy: "Ann" }),
      trailers: { Kind: "apply", Commit: commit },
    }));
    await ledger.releaseLease(lease, (current) => ({
      next: { ...current, stacks: { shop: stack("shop", "good") } },
      runs: [run(id, "good")],
      sentence: applySentence({
        environment: "dev",
        commit,
        result: "good",
        stacks: ["machines", "shop"],
        durationMs: 72_000,
        mergedBy: "Ann\nTrueup-Result: forged",
      }),
      trailers: { Result: "good" },
    }));
    expect(pushes).toBe(2);
    expect(remote.git("log", "--reverse", "--format=%s", "trueup/dev").split("\n")).toEqual([
      "dev: applying 4f2c1d9 to machines, shop; merged by Ann",
      "dev: 4f2c1d9 applied to machines, shop in 1m12s; merged by Ann Trueup-Result: forged",
    ]);
    expect(
      remote
        .git(
          "log",
          "-1",
          "--format=%(trailers:key=Trueup-Run,valueonly)%(trailers:key=Trueup-Sequence,valueonly)%(trailers:key=Trueup-Result,valueonly)",
          "trueup/dev",
        )
        .split("\n"),
    ).toEqual([id, "2", "good"]);
    expect(JSON.parse(remote.git("show", "trueup/dev:environment.json"))).toMatchObject({
      schema: 1,
      environment: "dev",
      sequence: 2,
      lease: null,
      fencing: 1,
      stacks: { shop: { result: "good" } },
    });
    expect(remote.git("ls-tree", "-r", "--name-only", "trueup/dev").split("\n")).toEqual(["environment.json", `runs/${id}.json`]);
    expect(await ledger.run(id)).toMatchObject({ result: "good" });
    expect((await ledger.log(1))[0]).toMatchObject({ trailers: { Result: "good", Run: id } });
    expect(readdirSync(local)).toEqual(["dev.seen.json"]);
  });

  test("keys that a newer trueup added are kept when an older one writes", async () => {
    const ledger = await ledgerOf("Ann");
    await ledger.record((current) => ({
      next: { ...current, later: { kept: true }, stacks: { shop: { ...stack("shop", "good"), extra: 7 } } },
      sentence: "dev: newer",
    }));
    await ledger.record(nothing("dev: older"));
    expect((await ledger.read())?.environment).toMatchObject({ later: { kept: true }, stacks: { shop: { extra: 7 } } });
  });
});

describe("the lease", () => {
  test("of racers from different clones exactly one gets it, round after round; the others are told who has it", async () => {
    const racers = await Promise.all(["Ann", "Bob", "Cem"].map(async (who) => ledgerOf(who, { directory: mkdtempSync(join(remote.folder, "l-")) })));
    for (let round = 0; round < (thisMachine().variable("TRUEUP_TEST_SIZE") === "full" ? 4 : 2); round++) {
      const outcomes = await Promise.allSettled(racers.map((racer, i) => racer.takeLease(`run-${round}-${i}`)));
      const won = outcomes.flatMap((outcome, i) => (outcome.status === "fulfilled" ? [{ i, taken: outcome.value }] : []));
      expect(won).toHaveLength(1);
      const refused = { code: "LEASE_HELD", what: expect.stringContaining(`run-${round}-${won[0]?.i}`), todo: expect.stringContaining("Wait") };
      expect(outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []))).toMatchObject([refused, refused]);
      expect(won[0]?.taken.lease.fencing).toBe(round + 1);
      for (const { i, taken } of won) await racers[i]?.releaseLease(taken.lease);
    }
  });

  /** Two clones that both read the free lease before either of them pushes. */
  async function raceFromOneReading(conditional: boolean): Promise<readonly PromiseSettledResult<unknown>[]> {
    let reached = 0;
    let open: () => void = () => undefined;
    const both = new Promise<void>((resolve) => (open = resolve));
    const racers = await Promise.all(
      [0, 1].map(async (i) => {
        const mirror = `race-${i}`;
        const real = await remote.open(mirror);
        const write: LedgerRepository["write"] = async (options) => {
          if (++reached === 2) open();
          await both;
          return real.write(options);
        };
        const forced: LedgerRepository["moveRef"] = async (ref, _, next) => {
          plainGit(join(remote.folder, mirror), ["push", "--quiet", "--force", remote.path, `${next}:refs/heads/${ref}`]);
          return { kind: "moved" };
        };
        const directory = mkdtempSync(join(remote.folder, "l-"));
        return ledgerOf(`racer ${i}`, { directory, repository: narrowed(real, { write, ...(conditional ? {} : { moveRef: forced }) }) });
      }),
    );
    return Promise.allSettled(racers.map((racer, i) => racer.takeLease(`run-${i}`)));
  }

  test("of two that both saw it free exactly one gets it", async () => {
    const outcomes = await raceFromOneReading(true);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(outcomes.find((outcome) => outcome.status === "rejected")).toMatchObject({ reason: { code: "LEASE_HELD" } });
  });

  test("control: without the condition on the push both think that they have it", async () => {
    expect((await raceFromOneReading(false)).map((outcome) => outcome.status)).toEqual(["fulfilled", "fulfilled"]);
  });

  test("a second run of the same process does not get it either", async () => {
    const ledger = await ledgerOf("Ann");
    await ledger.takeLease("run-1");
    await expect(ledger.takeLease("run-2")).rejects.toMatchObject({ code: "LEASE_HELD" });
    expect((await ledger.takeLease("run-1")).lease.fencing).toBe(2);
  });

  test("a dead holder of this host is replaced at once, and the engine it left is killed", async () => {
    const engine = spawn("sleep", ["100"], { detached: true, stdio: "ignore" });
    const session = engine.pid ?? 0;
    const dead = await ledgerOf("Ann", { owner: { pid: 4_190_000, startTicks: 1 } });
    const before = await dead.takeLease("run-1");
    dead.noteSession(session);
    const { tookOver, lease } = await (await ledgerOf("Bob")).takeLease("run-2");
    expect(tookOver).toMatchObject({ from: { run: "run-1" }, how: expect.stringContaining("1 engine session it left were killed") });
    expect(sessionMembers(session)).toEqual([]);
    expect(lease.fencing).toBe(2);
    await expect(dead.record(nothing("dev: still here"), before.lease)).rejects.toMatchObject({ code: "LEASE_LOST" });
    expect(remote.git("log", "-1", "--format=%s", "trueup/dev")).toContain(
      "Bob on host-1 takes the lease over from run run-1: process 4190000 on host-1 is gone",
    );
  });

  test("a holder that ended with an earlier boot of this host is replaced at once where its journal lies on this disk, and only there (simulation, seed 2367)", async () => {
    const owner = { boot: "an-earlier-boot" };
    const held = await (await ledgerOf("Ann", { owner })).takeLease("run-1");
    const elsewhere = await ledgerOf("Eve", { directory: mkdtempSync(join(remote.folder, "l-")) });
    await expect(elsewhere.takeLease("run-2")).rejects.toMatchObject({ code: "LEASE_HELD" });
    const { tookOver } = await (await ledgerOf("Bob")).takeLease("run-3");
    expect(tookOver).toMatchObject({ from: { run: held.lease.run }, how: "host-1 was started again since" });
  });

  test("a run that died, or whose lease a person took away, is not told to be running for ever", async () => {
    const dead = await ledgerOf("Ann", { owner: { pid: 4_190_000, startTicks: 1 } });
    const attempt = (id: string) => (current: EnvironmentRecord) => ({ ...nothing("dev: applying")(current), runs: [run(id, "running")] });
    const held = await dead.takeLease("run-1");
    await dead.record(attempt("run-1"), held.lease);
    const bob = await ledgerOf("Bob");
    const second = await bob.takeLease("run-2");
    expect(await bob.run("run-1")).toMatchObject({
      result: "died",
      endedAt: expect.any(String),
      problem: { code: "LEASE_LOST", what: "it died: process 4190000 on host-1 is gone", todo: expect.stringContaining("trueup apply dev") },
    });
    await bob.record(attempt("run-2"), second.lease);
    await bob.cancelLease("run-2", { by: "Cyd", reason: "it looks dead" });
    expect(await bob.run("run-2")).toMatchObject({ result: "cancelled", problem: { what: "Cyd took its lease away: it looks dead" } });
    await bob.takeLease("run-3");
    await bob.record((current) => ({ ...nothing("dev: done")(current), runs: [run("run-3", "good")] }));
    await bob.cancelLease("run-3", { by: "Cyd", reason: "test" });
    expect(await bob.run("run-3")).toMatchObject({ result: "good", problem: null });
  });

  test("that a run of this process could not give back, when the remote was away, is taken by the next one of the process; one at work is not", async () => {
    const real = await remote.open();
    let isAway = false;
    const moveRef: LedgerRepository["moveRef"] = (ref, old, next) =>
      isAway ? Promise.reject(new Problem("REMOTE_UNREACHABLE", { what: "away", on: "", todo: "" })) : real.moveRef(ref, old, next);
    const first = await ledgerOf("agent", { repository: narrowed(real, { moveRef }) });
    const { lease } = await first.takeLease("run-1");
    const next = await ledgerOf("agent");
    await expect(next.takeLease("run-2")).rejects.toMatchObject({ code: "LEASE_HELD" });
    isAway = true;
    await expect(first.releaseLease(lease)).rejects.toMatchObject({ code: "REMOTE_UNREACHABLE" });
    const { tookOver } = await next.takeLease("run-3");
    expect(tookOver).toMatchObject({ from: { run: "run-1" }, how: "run run-1 of this very process is over and could not give it back" });
    isAway = false;
    await expect(first.releaseLease(lease)).rejects.toMatchObject({ code: "LEASE_LOST" });
  });

  test("a run that ends well but leaves a lock, or a creation that failed, tells the next one of it; one that leaves nothing does not", async () => {
    const left = async (leave: (ledger: Ledger) => void): Promise<readonly unknown[]> => {
      const ann = await ledgerOf("Ann");
      const { lease } = await ann.takeLease("run-1");
      leave(ann);
      await ann.releaseLease(lease);
      const bob = await ledgerOf("Bob");
      const second = await bob.takeLease("run-2");
      const found = await bob.left();
      await bob.forgetLeft(found);
      await bob.releaseLease(second.lease);
      return found;
    };
    const lock = { lock: "a.json", ofSession: 4_190_001, stack: "dev.shop" };
    const begun = { type: "aws:ec2/vpc:Vpc", provider: "urn:p::1" };
    const step = { stack: "dev.shop", urn: "urn:a", operation: "create", phase: "failed", begun, at: 5 } as const;
    expect(await left((ledger) => ledger.noteLock(lock))).toMatchObject([{ locks: [lock], isOver: true }]);
    expect(await left((ledger) => ledger.noteStep(step))).toMatchObject([{ steps: [step] }]);
    expect(
      await left((ledger) => {
        ledger.noteLock(lock);
        ledger.noteUnlock(lock.ofSession);
        ledger.noteStep({ ...step, phase: "done", begun: undefined });
      }),
    ).toEqual([]);
  });

  test("what a dead holder's engine did and locked is told to who comes next, until it is dealt with", async () => {
    const directory = mkdtempSync(join(remote.folder, "l-"));
    const dead = await ledgerOf("Ann", { directory, owner: { pid: 4_190_000, startTicks: 1 } });
    await dead.takeLease("run-1");
    dead.noteSession(4_190_001, "dev.shop");
    dead.noteLock({ lock: "a.json", ofSession: 4_190_001, stack: "dev.shop" });
    dead.noteStep({ stack: "dev.shop", urn: "urn:a", operation: "create", phase: "done", id: "vpc-1", at: 5 });
    appendFileSync(join(directory, readdirSync(directory).find((name) => name.includes("sessions-")) ?? ""), '{"step":{"stack":"dev.sh');
    const bob = await ledgerOf("Bob", { directory });
    const waiting = await ledgerOf("Cat", { directory });
    await bob.takeLease("run-2");
    await expect(waiting.takeLease("run-3")).rejects.toMatchObject({ code: "LEASE_HELD" });
    const left = await bob.left();
    expect(left).toMatchObject([
      {
        holder: { run: "run-1" },
        sessions: [{ session: 4_190_001, stack: "dev.shop" }],
        locks: [{ lock: "a.json", ofSession: 4_190_001, stack: "dev.shop" }],
        steps: [{ urn: "urn:a", phase: "done", id: "vpc-1" }],
      },
    ]);
    expect(await bob.left()).toEqual(left);
    await bob.forgetLeft(left);
    expect(await bob.left()).toEqual([]);
  });

  test("an engine that lives on after a person took its run's lease away is killed by who takes the lease next", async () => {
    const directory = mkdtempSync(join(remote.folder, "l-"));
    const session = spawn("sleep", ["100"], { detached: true, stdio: "ignore" }).pid ?? 0;
    const dead = await ledgerOf("Ann", { directory, owner: { pid: 4_190_000, startTicks: 1 } });
    await dead.takeLease("run-1");
    dead.noteSession(session, "dev.shop");
    const bob = await ledgerOf("Bob", { directory });
    await bob.cancelLease("run-1", { by: "Bob", reason: "it is dead" });
    await bob.takeLease("run-2");
    expect(sessionMembers(session)).toEqual([session]);
    expect((await bob.left()).map(({ holder }) => holder?.run)).toEqual(["run-1"]);
    expect(sessionMembers(session)).toEqual([]);
  });

  test("right before an engine is started the ledger is asked whether the lease still is this one", async () => {
    const ann = await ledgerOf("Ann");
    const { lease } = await ann.takeLease("run-1");
    await Promise.all([ann.confirmLease(lease), ann.confirmLease(lease)]);
    const bob = await ledgerOf("Bob");
    await bob.cancelLease("run-1", { by: "Bob", reason: "test" });
    await expect(ann.confirmLease(lease)).rejects.toMatchObject({ code: "LEASE_LOST", what: expect.stringContaining("given back") });
    await bob.takeLease("run-2");
    await expect(ann.confirmLease(lease)).rejects.toMatchObject({ code: "LEASE_LOST", what: expect.stringContaining("run-2") });
  });

  test("the record of a dead run keeps which machine died with it, and until when something may have begun there; of other machines it keeps nothing", async () => {
    const died = async (id: string, machine: object): Promise<readonly unknown[]> => {
      const ann = await ledgerOf("Ann", { owner: { host: "vm-1", boot: "another" } });
      const { lease } = await ann.takeLease(id, (current) => ({ ...nothing("dev: applying")(current), runs: [run(id, "running")] }));
      const bob = await ledgerOf("Bob", { proofs: [async () => ({ kind: "dead", how: "its host says so", ...machine })] });
      await bob.releaseLease((await bob.takeLease(`${id}-next`)).lease);
      return [(await bob.run(id))?.machine, machineOf({ from: lease, how: "", machine: true }).machine];
    };
    const [kept, told] = await died("run-1", { machine: true });
    expect([kept, (await died("run-2", {}))[0]]).toEqual([told, undefined]);
  });

  test("a dead holder whose engine sessions are not known is not replaced", async () => {
    await (await ledgerOf("Ann", { owner: { pid: 4_190_000, startTicks: 1 }, directory: mkdtempSync(join(remote.folder, "l-")) })).takeLease("run-1");
    await expect((await ledgerOf("Bob")).takeLease("run-2")).rejects.toMatchObject({ code: "LEASE_HELD" });
  });

  test.each<[string, Awaited<ReturnType<ProofOfLife>>, object]>([
    [
      "is replaced when its own host says that it is dead",
      { kind: "dead", how: "the host says so" },
      { lease: { run: "run-2", fencing: 2 }, tookOver: { how: "the host says so" } },
    ],
    ["keeps it when its own host says that it lives", { kind: "alive" }, { code: "LEASE_HELD" }],
    ["keeps it when its own host knows nothing", undefined, { code: "LEASE_HELD" }],
  ])("a holder elsewhere %s", async (...[, answer, outcome]) => {
    await (await ledgerOf("Ann", { owner: { host: "host-2" } })).takeLease("run-1");
    const bob = await ledgerOf("Bob", { proofs: [async () => undefined, async ({ run }) => (run === "run-1" ? answer : { kind: "dead", how: "wrong" })] });
    expect(await bob.takeLease("run-2").catch((thrown: unknown) => thrown)).toMatchObject(outcome);
  });

  test("a holder elsewhere whose lease ran out by the clock is not replaced without proof, until a person says so", async () => {
    const late: Clock = { ...systemClock, now: () => new Date(Date.now() + 3 * leaseTimes.lifetimeMs) };
    await (await ledgerOf("Ann", { owner: { host: "host-2" } })).takeLease("run-1");
    const bob = await ledgerOf("Bob", { clock: late });
    await expect(bob.takeLease("run-2")).rejects.toMatchObject({
      code: "LEASE_HELD",
      what: expect.stringContaining("without proof"),
      todo: expect.stringContaining("trueup run cancel run-1"),
    });
    expect(await bob.cancelLease("run-9", { by: "Bob", reason: "wrong run" })).toBe(false);
    expect(await bob.cancelLease("run-1", { by: "Bob", reason: "host-2 burnt down" })).toBe(true);
    expect((await bob.takeLease("run-2")).lease.fencing).toBe(2);
  });

  test("who lost it can record nothing more, and renewing does not bring it back", async () => {
    const ann = await ledgerOf("Ann");
    const { lease } = await ann.takeLease("run-1");
    expect((await ann.renewLease(lease)).fencing).toBe(lease.fencing);
    const bob = await ledgerOf("Bob");
    await bob.cancelLease("run-1", { by: "Bob", reason: "test" });
    await bob.takeLease("run-2");
    const before = remote.git("rev-parse", "trueup/dev");
    await expect(ann.record(nothing("dev: late"), lease)).rejects.toMatchObject({ code: "LEASE_LOST", what: expect.stringContaining("run-2") });
    await expect(ann.renewLease(lease)).rejects.toMatchObject({ code: "LEASE_LOST" });
    await expect(ann.releaseLease(lease)).rejects.toMatchObject({ code: "LEASE_LOST" });
    expect(remote.git("rev-parse", "trueup/dev")).toBe(before);
  });
});

describe("recording at once", () => {
  test("every writer's entry is kept, none twice, and the count is right", async () => {
    const writers = await Promise.all(Array.from({ length: 3 }, async (_, i) => ledgerOf(`writer ${i}`)));
    await Promise.all(
      writers.map(async (writer, i) => {
        for (let n = 0; n < 3; n++)
          await writer.record((current) => ({
            next: { ...current, stacks: { ...current.stacks, [`s${i}-${n}`]: stack("x", "good") } },
            sentence: `dev: ${i}.${n}`,
          }));
      }),
    );
    const now = await writers[0]?.read();
    expect(Object.keys(now?.environment.stacks ?? {})).toHaveLength(9);
    expect(now?.environment.sequence).toBe(9);
    expect(remote.git("rev-list", "--count", "trueup/dev")).toBe("9");
  });

  test("a push that arrived although its answer was lost is not recorded twice", async () => {
    const real = await remote.open();
    let lost = 0;
    const moveRef: LedgerRepository["moveRef"] = async (ref, old, next) => {
      await real.moveRef(ref, old, next);
      lost += 1;
      return { kind: "lost" };
    };
    const unlucky = narrowed(real, { moveRef });
    await (await ledgerOf("Ann", { repository: unlucky })).record(nothing("dev: once"));
    expect([lost, remote.git("rev-list", "--count", "trueup/dev")]).toEqual([1, "1"]);
  });

  test("a ledger that others win eight times in a row is busy: said so with a time to try again, and nothing of it is recorded", async () => {
    const real = await remote.open();
    const other = await ledgerOf("Bob");
    let races = 0;
    const moveRef: LedgerRepository["moveRef"] = async (ref, old, next) => {
      races += 1;
      await other.record(nothing(`dev: other ${races}`));
      return real.moveRef(ref, old, next);
    };
    const slow = await ledgerOf("Ann", { repository: narrowed(real, { moveRef }) });
    await expect(slow.record(nothing("dev: slow"))).rejects.toMatchObject({ code: "LEDGER_BUSY", exitCode: 10, retry: { afterMs: 30_000 } });
    expect([races, remote.git("log", "--format=%s", "trueup/dev").includes("slow")]).toEqual([8, false]);
  });

  test("a remote that refuses leaves the ledger as it was, and no lease", async () => {
    const ledger = await ledgerOf("Ann");
    await ledger.record(nothing("dev: first"));
    const before = remote.git("rev-parse", "trueup/dev");
    remote.hook("pre-receive", "echo 'branch is protected' >&2; exit 1");
    await expect(ledger.takeLease("run-1")).rejects.toMatchObject({ code: "PUSH_REFUSED", detail: expect.stringContaining("branch is protected") });
    expect(remote.git("rev-parse", "trueup/dev")).toBe(before);
    expect((await ledger.read())?.environment.lease).toBeNull();
  });
});

describe("a ledger that is not to be trusted", () => {
  /** A commit on the ledger branch made by a stranger. */
  function forge(files: Readonly<Record<string, string>>, parent?: string): string {
    const work = mkdtempSync(join(remote.folder, "forge-"));
    const index = { GIT_INDEX_FILE: join(work, "index") };
    const lines = Object.entries(files)
      .map(([path, content]) => `100644 ${gitIn(["hash-object", "-w", "--stdin"], content)}\t${path}`)
      .join("\n");
    gitIn(["update-index", "--add", "--index-info"], `${lines}\n`, index);
    return gitIn(["commit-tree", gitIn(["write-tree"], "", index), ...(parent === undefined ? [] : ["-p", parent]), "-m", "forged"], "");
  }
  function gitIn(args: readonly string[], input: string, more: Readonly<Record<string, string>> = {}): string {
    return remote.gitWith(args, input, more);
  }

  test.each([
    ["a branch with something else on it", { "README.md": "hello" }, "holds no environment.json"],
    ["a file that is not JSON", { "environment.json": "{" }, "is not JSON"],
    ["a file of another program", { "environment.json": '{"name":"dev"}' }, "is not one of trueup's"],
  ])("%s is refused and left alone", async (_, files, why) => {
    const sha = forge(files);
    remote.git("update-ref", "refs/heads/trueup/dev", sha);
    const ledger = await ledgerOf("Ann");
    await expect(ledger.read()).rejects.toMatchObject({ code: "LEDGER_FOREIGN", what: expect.stringContaining(why) });
    await expect(ledger.takeLease("run-1")).rejects.toMatchObject({ code: "LEDGER_FOREIGN" });
    expect(remote.git("rev-parse", "trueup/dev")).toBe(sha);
  });

  test("a ledger of a newer trueup is refused under a name of its own, and left alone", async () => {
    const sha = forge({ "environment.json": '{"schema":2}' });
    remote.git("update-ref", "refs/heads/trueup/dev", sha);
    const ledger = await ledgerOf("Ann");
    const newer = { code: "LEDGER_NEWER", exitCode: 13, what: expect.stringContaining("has format 2") };
    await expect(ledger.read()).rejects.toMatchObject(newer);
    await expect(ledger.takeLease("run-1")).rejects.toMatchObject(newer);
    expect(remote.git("rev-parse", "trueup/dev")).toBe(sha);
  });

  test("the record of a run in a newer format is refused as newer, one that nobody wrote as foreign", async () => {
    const ledger = await ledgerOf("Ann");
    await ledger.record((current) => ({ next: current, sentence: "dev: first", runs: [run("r1", "good")] }));
    const content = remote.git("show", "trueup/dev:environment.json");
    for (const [schema, code] of [
      ["2", "LEDGER_NEWER"],
      ['"x"', "LEDGER_FOREIGN"],
    ] as const) {
      const files = { "environment.json": content, "runs/r1.json": `{ "schema": ${schema} }` };
      remote.git("update-ref", "refs/heads/trueup/dev", forge(files, remote.git("rev-parse", "trueup/dev")));
      const repository = await remote.open();
      await repository.fetch();
      await expect((await ledgerOf("Bob", { repository })).run("r1")).rejects.toMatchObject({ code, exitCode: 13 });
    }
  });

  test("the ledger of another environment is refused", async () => {
    await (await ledgerOf("Ann", { environment: "prod" })).record(nothing("prod: first"));
    remote.git("branch", "trueup/dev", "trueup/prod");
    await expect((await ledgerOf("Ann")).read()).rejects.toMatchObject({ code: "LEDGER_FOREIGN", what: expect.stringContaining('"prod"') });
  });

  async function three(): Promise<{ ledger: Ledger; heads: string[] }> {
    const ledger = await ledgerOf("Ann");
    const heads: string[] = [];
    for (let i = 0; i < 3; i++) heads.push((await ledger.record(nothing(`dev: ${i}`)))?.head ?? "");
    return { ledger, heads };
  }

  test("one that is rolled back, deleted or replaced is said, with the command that puts it back", async () => {
    const { ledger, heads } = await three();
    const content = remote.git("show", "trueup/dev:environment.json");
    for (const to of [heads[1] ?? "", "", forge({ "environment.json": content })]) {
      if (to === "") remote.git("update-ref", "-d", "refs/heads/trueup/dev");
      else remote.git("update-ref", "refs/heads/trueup/dev", to);
      await expect(ledger.read()).rejects.toMatchObject({
        code: "LEDGER_REWRITTEN",
        todo: expect.stringContaining(`git push --force origin ${heads[2]}:refs/heads/trueup/dev`),
      });
      await expect(ledger.takeLease("run-1")).rejects.toMatchObject({ code: "LEDGER_REWRITTEN" });
    }
    remote.git("update-ref", "refs/heads/trueup/dev", heads[2] ?? "");
    expect((await ledger.read())?.head).toBe(heads[2]);
  });

  test("one into which somebody put commits that count wrong is said, also to who sees it for the first time", async () => {
    const { ledger, heads } = await three();
    const content = remote.git("show", "trueup/dev:environment.json");
    for (const sequence of [3, 2, 9]) {
      remote.git("update-ref", "refs/heads/trueup/dev", forge({ "environment.json": content.replace('"sequence": 3', `"sequence": ${sequence}`) }, heads[2]));
      await expect(ledger.read()).rejects.toMatchObject({ code: "LEDGER_REWRITTEN" });
      await expect((await ledgerOf("Bob", { directory: mkdtempSync(join(remote.folder, "l-")) })).read()).rejects.toMatchObject({ code: "LEDGER_REWRITTEN" });
    }
  });

  test("control: a machine that forgot what it saw takes a rolled back ledger as it is", async () => {
    const { ledger, heads } = await three();
    remote.git("update-ref", "refs/heads/trueup/dev", heads[1] ?? "");
    await ledger.forget();
    expect((await ledger.read())?.environment.sequence).toBe(2);
  });

  test("another runner of this host that is further ahead is no rewrite", async () => {
    const [ann, bob] = [await ledgerOf("Ann"), await ledgerOf("Bob")];
    await ann.record(nothing("dev: 0"));
    await bob.read();
    for (let i = 1; i < 4; i++) await ann.record(nothing(`dev: ${i}`));
    expect((await bob.read({ fetch: false }))?.environment.sequence).toBe(4);
  });
});
