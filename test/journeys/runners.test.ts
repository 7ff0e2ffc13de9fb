import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { systemClock } from "../../src/base/clock/index.ts";
import { sessionMembers } from "../../src/base/process/index.ts";
import { applyEnvironment } from "../../src/workflows/apply/index.ts";
import { ledgerOf } from "../../src/workflows/estate/index.ts";
import { engine, isFull, newHome, type Home, type Told } from "./estate.ts";
import { cloudLines, picture, record, results, runs, sentences, stateOf } from "./evidence.ts";
import { single } from "./single.ts";

const patienceMs = 60_000;

/** Waits until something is so; fails when it does not come. */
async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const ends = performance.now() + patienceMs;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    if (performance.now() > ends) throw new Error(`${what} did not come within ${patienceMs} ms`);
    await sleep(100);
  }
}

const begun = (home: Home): Promise<true> =>
  until("the create", async () => ((await cloudLines(home)).some(({ op, phase }) => op === "create" && phase === "begin") ? true : undefined));
const leased = (home: Home): Promise<{ run: string; pid: number }> => until("a lease", async () => (await record(home)).lease ?? undefined);

/** Starts an apply by the command line, lets it come to a point, and kills it there as a crash would: without a word. */
async function killedApply(home: Home, point: (home: Home) => Promise<unknown>): Promise<{ run: string; pid: number }> {
  let pid = 0;
  const applying = home.run(["apply", "dev"], { onPid: (id) => (pid = id) });
  await point(home);
  const lease = await leased(home);
  expect(lease.pid).toBe(pid);
  // Held still, the engine cannot end by itself when its providers go: it must be ended by whoever comes next.
  for (const member of (await leftSessions(home)).flatMap((session) => sessionMembers(session))) process.kill(member, "SIGSTOP");
  process.kill(pid, "SIGKILL");
  expect((await applying).exit).toBeUndefined();
  return lease;
}

/** Sessions of the engine that a runner noted: as the ledger's journal beside the clone has them. */
async function leftSessions(home: Home): Promise<readonly number[]> {
  const text = await home.sessions();
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { session: number }).session);
}

/** An apply that is sent a signal while it waits for its turn: what it said, and how long after the signal it ended. */
async function toldWhileWaiting(home: Home, signal: NodeJS.Signals): Promise<{ readonly told: Told; readonly afterMs: number }> {
  let [pid, said] = [0, ""];
  const waiting = home.run(["apply", "dev", "--wait", "5"], { onPid: (id) => (pid = id), onErr: (text) => (said += text) });
  await until("the waiting", async () => (said.includes("waiting at most 5 min") ? true : undefined));
  // It looks again every 15 s: told right after a look, it would be asleep for long.
  await sleep(1_000);
  const sent = performance.now();
  process.kill(pid, signal);
  return { told: await waiting, afterMs: performance.now() - sent };
}

vi.setConfig({ testTimeout: 200_000 });

/** Who may work on an environment, and what is left of one who died at it. */
describe.skipIf(engine === undefined)("more than one runner", () => {
  test("of two applies at once one wins; the other ends with 10, says who has the lease, and touches nothing", async () => {
    const home = await newHome(single(""));
    try {
      home.cloud.fault.add({ kind: "latency", latencyMs: 6_000, op: "create" });
      const winner: Promise<Told> = home.run(["apply", "dev"]);
      const lease = await leased(home);
      const loser = await home.run(["apply", "dev"]);
      expect([loser.exit, loser.lines.length]).toEqual([10, 3]);
      expect(loser.lines[0]).toMatch(new RegExp(`^LEASE_HELD: run ${lease.run} of ann on \\S+ \\(process ${lease.pid}\\) holds the lease of dev`));
      expect((await winner).exit).toBe(0);
      expect([await results(home), (await cloudLines(home)).map(({ op, phase }) => `${op} ${phase}`)]).toEqual([
        { machines: "good" },
        ["create begin", "create commit"],
      ]);
      expect((await sentences(home)).filter((line) => /applying|refused/.test(line)).length).toBe(1);
    } finally {
      await home.remove();
    }
  });

  // The slice kills runners in killed.test.ts and dead-runners.test.ts.
  test.runIf(isFull)("a runner killed in the middle of a create: the next proves it dead, ends what it left running, and goes on to the end", async () => {
    const home = await newHome(single(""));
    try {
      home.cloud.fault.add({ kind: "hang", op: "create" });
      const dead = await killedApply(home, begun);
      const left = (await leftSessions(home)).filter((session) => sessionMembers(session).length > 0);
      expect(left.length).toBeGreaterThan(0);
      home.cloud.fault.clear();
      const next = await home.run(["apply", "dev"]);
      expect([next.exit, next.err]).toEqual([0, expect.stringContaining(`took the lease over from run ${dead.run}`)]);
      expect(left.flatMap((session) => sessionMembers(session))).toEqual([]);
      expect([(await picture(home)).locks, (await stateOf(home, "dev.machines"))?.pending, (await record(home)).lease]).toEqual([0, 0, null]);
      expect([await results(home), (await cloudLines(home)).filter(({ op, phase }) => op === "create" && phase === "commit").length]).toEqual([
        { machines: "good" },
        1,
      ]);
    } finally {
      await home.remove();
    }
  });

  test.runIf(isFull)("a commit that changes no stack waits for its turn like any other: what the run before it brings is not known yet", async () => {
    const home = await newHome(single(""));
    try {
      await home.apply();
      const estate = await home.open();
      const ledger = await ledgerOf(estate, "dev");
      const { lease } = await ledger.takeLease("another");
      const head = await home.land("words", { "README.md": "Only words.\n" });
      const refused = await home.run(["apply", "dev"]);
      expect([refused.exit, refused.lines[0]]).toEqual([10, expect.stringMatching(/^LEASE_HELD: run another of ann/)]);
      const ended = await toldWhileWaiting(home, "SIGTERM");
      expect([ended.told.exit, ended.told.lines[0], ended.afterMs < 5_000]).toEqual([8, expect.stringMatching(/^CANCELLED/), true]);
      let isHeld = true;
      const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
        if (!isHeld) return systemClock.sleep(ms, signal);
        isHeld = false;
        await ledger.releaseLease(lease);
      };
      const waited = await applyEnvironment({ ...estate, clock: { ...systemClock, sleep } }, { environment: "dev", all: false, waitMs: 60_000 });
      expect([isHeld, waited.end]).toEqual([false, "nothing"]);
      expect([await record(home), (await sentences(home))[0], (await runs(home)).length]).toEqual([
        expect.objectContaining({ lease: null, branch: expect.objectContaining({ head }) }),
        `dev: ${head.slice(0, 7)} needed no change`,
        1,
      ]);
    } finally {
      await home.remove();
    }
  });

  test.runIf(isFull)("a runner killed in its read-only phase: the next takes the lease over at once and goes on to the end", async () => {
    const home = await newHome(single(""));
    try {
      const dead = await killedApply(home, leased);
      const next = await home.run(["apply", "dev"]);
      expect([next.exit, next.err]).toEqual([0, expect.stringContaining(`took the lease over from run ${dead.run}`)]);
      expect([await results(home), (await record(home)).lease]).toEqual([{ machines: "good" }, null]);
    } finally {
      await home.remove();
    }
  });
});
