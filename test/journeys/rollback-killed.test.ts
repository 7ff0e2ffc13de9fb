import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { sessionMembers } from "../../src/base/process/index.ts";
import { engine, isFull, newHome, set, type Home } from "./estate.ts";
import { cloudLines, record, results, runs, sentences, stateOf } from "./evidence.ts";
import { applyWith, broken, ended, estateOf, mended, net, objects, together } from "./rollback-estate.ts";

vi.setConfig({ testTimeout: 400_000 });

const deadlineMs = 240_000;

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  for (const ends = performance.now() + 120_000; performance.now() < ends; await sleep(50)) if (await look()) return;
  throw new Error(`${what} did not come`);
}

/** The engines that the runner's journal knows. */
async function sessions(home: Home): Promise<readonly number[]> {
  const lines = (await home.sessions()).split("\n").filter((line) => line !== "");
  return lines.map((line) => (JSON.parse(line) as { readonly session: number }).session);
}

/** What can be seen of it from outside, so far. */
interface Seen {
  /** `net commit`: the updates of the cloud. */
  readonly updates: readonly string[];
  readonly ledger: readonly string[];
}

/** An apply whose first stack moves and whose second never works, killed at a moment of its way back. */
async function killedAt(home: Home, moment: (seen: Seen) => boolean): Promise<void> {
  let pid = 0;
  const from = (await cloudLines(home)).length;
  const applying = home.run(["apply", "dev"], { onPid: (id) => (pid = id), deadlineMs });
  await until("the moment", async () => {
    const updates = (await cloudLines(home)).slice(from).filter(({ op }) => op === "update");
    return moment({ updates: updates.map(({ urn, phase }) => `${urn.split("::").at(-1) ?? ""} ${phase}`), ledger: await sentences(home) });
  });
  await sleep(1_000);
  // Held still, the engine cannot end by itself: it must be ended by whoever comes next.
  for (const member of (await sessions(home)).flatMap((session) => sessionMembers(session))) process.kill(member, "SIGSTOP");
  process.kill(pid, "SIGKILL");
  expect((await applying).exit).toBeUndefined();
}

interface Moment {
  readonly name: string;
  readonly at: (seen: Seen) => boolean;
  /** How the next apply ends, and with what. */
  readonly next: readonly [number, RegExp];
  readonly kind: "apply" | "rollback";
}

const times = (updates: readonly string[], what: string): number => updates.filter((one) => one === what).length;

const moments: readonly Moment[] = [
  {
    name: "before it knew that it failed: the next apply finds that out and takes back also what the dead run had moved",
    at: ({ updates }) => times(updates, "said commit") === 1,
    next: [14, /^ROLLED_BACK: .*; rolled back: .*base/],
    kind: "apply",
  },
  {
    name: "before its first stack goes back: the next apply ends the rollback first, as a run of its own, and does not try the commit again",
    at: ({ ledger }) => /rolling back/.test(ledger[0] ?? ""),
    next: [11, /^HELD: .* is what failed in run/],
    kind: "rollback",
  },
  {
    name: "while its last stack is written back: the next apply does the same",
    at: ({ updates }) => times(updates, "net begin") === 2,
    next: [11, /^HELD: .* is what failed in run/],
    kind: "rollback",
  },
];

/** A freeze holds what is still to be taken back as well: nothing moves until it is lifted. */
async function expectFrozen(home: Home): Promise<void> {
  expect((await home.run(["freeze", "dev", "--reason", "we look at it", "--for", "1h"])).exit).toBe(0);
  const [lines, before] = [(await cloudLines(home)).length, objects(home)];
  const frozen = await home.run(["apply", "dev"], { deadlineMs });
  expect([frozen.exit, frozen.lines[0]]).toEqual([11, "HELD: ann froze what is still to be taken back: we look at it"]);
  expect([(await cloudLines(home)).length, objects(home)]).toEqual([lines, before]);
  expect((await home.run(["thaw", "dev", "--reason", "seen"])).exit).toBe(0);
}

describe.skipIf(engine === undefined || !isFull)("a runner that is killed while it takes a unit back", () => {
  test.each(moments)("$name", async ({ at, next: [exit, says], kind }) => {
    const home = await newHome(estateOf({ base: net(), last: { layer: "apps", reads: ["base"], args: { version: "1" } } }));
    try {
      expect((await home.apply()).problem?.lines).toBeUndefined();
      const [before, good] = [objects(home), await record(home)];
      const fails = set("works", { last: "sleep 5; echo broken; exit 1" });
      const bad = await home.land("fails", together(set("base", { tier: "large" }), set("last", { version: "2" }), fails));
      const fault = home.cloud.fault.add({ kind: "latency", op: "update", latencyMs: 4_000 });
      await killedAt(home, at);
      home.cloud.fault.clear(fault.id);
      const left = await sessions(home);
      expect((await record(home)).lease).not.toBeNull();

      if (kind === "rollback") await expectFrozen(home);
      const next = await home.run(["apply", "dev"], { deadlineMs });
      expect([next.exit, next.lines[0]]).toEqual([exit, expect.stringMatching(says)]);
      // Whoever came first took it over; that one was frozen.
      expect(next.err.includes("took the lease over")).toBe(kind === "apply");
      expect(next.err.includes("rolling back what failed in run")).toBe(kind === "rollback");
      expect([objects(home), await results(home), left.flatMap((session) => sessionMembers(session))]).toEqual([before, { base: "good", last: "good" }, []]);
      const now = await record(home);
      expect(Object.values(now.stacks).map(({ commit }) => commit)).toEqual(Object.values(good.stacks).map(({ commit }) => commit));
      expect([now.lease, (await stateOf(home, "dev.base"))?.pending, await home.sessions()]).toEqual([null, 0, ""]);
      const all = await runs(home);
      expect(all.at(-1)).toMatchObject({ kind, result: "rolledBack", commit: bad });
      expect(all.filter(({ result }) => result === "running")).toEqual([]);

      const from = (await cloudLines(home)).length;
      expect([ended(await home.apply()), (await cloudLines(home)).length]).toEqual([["refused", "HELD", 11], from]);
      await home.land("mends", mended("last"));
      expect(ended(await home.apply())).toEqual(["good", undefined, undefined]);
      expect((await home.status()).held).toEqual([]);
    } finally {
      await home.remove();
    }
  });
});

describe.skipIf(engine === undefined || !isFull)("a run that fails and is cancelled half-way", () => {
  /** `moment`: when, by stack and what is said of it. `then`: what comes of that; it is given what was there before. */
  async function cancelled(moment: readonly [string, string], then: (home: Home, before: unknown) => Promise<void>): Promise<void> {
    const home = await newHome(estateOf({ base: net(), last: { layer: "apps", reads: ["base"], args: { version: "1" } } }));
    try {
      expect((await home.apply()).problem?.lines).toBeUndefined();
      const before = objects(home);
      await home.land("fails", together(set("base", { tier: "large" }), set("last", { version: "2" }), broken("last")));
      const stop = new AbortController();
      const half = await applyWith(home, { on: (...now) => void (now.join() === moment.join() && stop.abort()), signal: stop.signal });
      expect(half.end).toBe("cancelled");
      expect(objects(home)).not.toEqual(before);
      await then(home, before);
    } finally {
      await home.remove();
    }
  }

  test("once one stack of a unit went well: the unit goes back as a whole when the rest of it fails in the next run", () =>
    cancelled(["base", "verified"], async (home, before) => {
      const { stacks } = await record(home);
      expect(stacks["base"]).toMatchObject({ result: "failed", lastGood: { commit: stacks["last"]?.lastGood?.commit } });
      expect(ended(await home.apply())).toEqual(["rolledBack", "ROLLED_BACK", 14]);
      expect([objects(home), await results(home)]).toEqual([before, { base: "good", last: "good" }]);
    }));

  test("on its way back, before a head that nobody can read: it goes back all the same, and the next apply says what is wrong with the head", () =>
    cancelled(["last", "rolled back"], async (home, before) => {
      expect((await record(home)).vetoes).toMatchObject([{ state: "rollingBack" }]);
      await home.land("nonsense", { "environments/dev/environment.ts": (text) => `${text}\nexport const nonsense = ;\n` });
      const refused = await home.run(["apply", "dev"], { deadlineMs });
      expect([refused.exit, refused.lines.join(" ")]).toEqual([2, expect.stringContaining("environment.ts")]);
      expect([objects(home), (await record(home)).vetoes]).toEqual([before, [expect.objectContaining({ state: "rolledBack" })]]);
    }));
});
