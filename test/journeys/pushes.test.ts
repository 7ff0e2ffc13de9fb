import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { systemClock, type Clock } from "../../src/base/clock/index.ts";
import { thisMachine } from "../../src/base/process/index.ts";
import { applyEnvironment, type ApplyResult } from "../../src/workflows/apply/index.ts";
import { openEstate } from "../../src/workflows/estate/index.ts";
import { engine, isFull, newHome, type Change, type Home } from "./estate.ts";
import { record, results } from "./evidence.ts";
import { single } from "./single.ts";

vi.setConfig({ testTimeout: 200_000, hookTimeout: 100_000 });

/** Hosts ask for few pushes: this many per apply, and one for each renewal of the lease. */
const most = 4;
const renewEveryMs = 180_000;

const file = "environments/dev/environment.ts";
const edited = (from: string, to: string): Readonly<Record<string, Change>> => ({ [file]: (text) => text.replace(from, () => to) });

/** A remote that writes down every push to a ledger that reaches it. */
async function counting(home: Home): Promise<void> {
  const hook = join(home.remote, "hooks/pre-receive");
  await writeFile(
    hook,
    `#!/bin/sh\nwhile read -r old new ref; do case "$ref" in refs/heads/trueup/*) echo "$ref" >> '${join(home.folder, "pushes")}';; esac; done\n`,
  );
  await chmod(hook, 0o755);
}

async function pushes(home: Home): Promise<number> {
  const text = await readFile(join(home.folder, "pushes"), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "").length;
}

/** A clock on which time passes so many times as fast. */
function hurried(times: number): Clock {
  const started = systemClock.monotonicMs();
  const elapsed = (): number => (systemClock.monotonicMs() - started) * times;
  const from = Date.now();
  return { now: () => new Date(from + elapsed()), monotonicMs: elapsed, sleep: (ms, signal) => systemClock.sleep(ms / times, signal) };
}

interface Counted {
  readonly result: ApplyResult;
  readonly pushes: number;
  readonly clockMs: number;
}

async function applied(home: Home, clock: Clock = systemClock): Promise<Counted> {
  const machine = thisMachine();
  const estate = await openEstate({
    directory: home.clone,
    machine: { ...machine, variable: (name) => (name === "TRUEUP_ENGINE" ? engine : machine.variable(name)) },
    clock,
  });
  try {
    const [before, from] = [await pushes(home), clock.monotonicMs()];
    const result = await applyEnvironment(estate, { environment: "dev", all: false });
    return { result, pushes: (await pushes(home)) - before, clockMs: clock.monotonicMs() - from };
  } finally {
    await estate.close();
  }
}

/** Counted by the remote itself, over the whole life of one environment. The tests build on each other, in order. */
describe.skipIf(engine === undefined)("pushes of one apply to its ledger", () => {
  let home: Home;
  beforeAll(async () => {
    home = await newHome(single('hooks: { preApply: { run: ["true"] }, postApply: { run: ["true"] }, onFail: { run: ["true"] } },'));
    await counting(home);
  });
  afterAll(() => home?.remove());

  test("are four at the most where all goes well, hooks and all, and one more for every three minutes that it lasts", async () => {
    home.cloud.fault.add({ kind: "latency", latencyMs: 4_000, op: "create" });
    const { result, pushes: count, clockMs } = await applied(home, hurried(60));
    home.cloud.fault.clear();
    expect([result.end, clockMs > renewEveryMs]).toEqual(["good", true]);
    // Control: the renewals of a run that lasts are there, so a count without them would be too small.
    expect(count).toBeGreaterThan(3);
    expect(count).toBeLessThanOrEqual(most + Math.floor(clockMs / renewEveryMs));
  });

  test("are none where nothing moved, and one where only the branch did", async () => {
    expect(await applied(home)).toMatchObject({ result: { end: "nothing" }, pushes: 0 });
    await home.land("words", { "README.md": "words\n" });
    expect(await applied(home)).toMatchObject({ result: { end: "nothing" }, pushes: 1 });
  });

  test.skipIf(!isFull)("are four at the most where drift is put right with a change", async () => {
    const [network] = home.cloud.list().filter(({ createdBy }) => createdBy.includes("::main"));
    home.cloud.set(network?.id ?? "", "tags.owner", "mallory");
    await home.land("tier", edited('tier: "small"', 'tier: "large"'));
    const { result, pushes: count } = await applied(home);
    expect([result.end, count <= most]).toEqual(["good", true]);
  });

  test.skipIf(!isFull)("are four at the most where it is refused", async () => {
    await home.land("refused", edited('hooks: { preApply: { run: ["true"] }', 'hooks: { preApply: { run: ["false"] }'));
    await home.land("wider", edited("10.1.0.0/16", "10.2.0.0/16"));
    const { result, pushes: count } = await applied(home);
    expect([result.end, count <= most]).toEqual(["refused", true]);
  });

  test.skipIf(!isFull)("are four at the most where it fails half-way, and where it is let go once more", async () => {
    await home.land("let", edited('hooks: { preApply: { run: ["false"] }', 'hooks: { preApply: { run: ["true"] }'));
    home.cloud.fault.add({ kind: "fail-before", message: "the cloud is tired" });
    const failed = await applied(home);
    home.cloud.fault.clear();
    expect([failed.result.end, failed.pushes <= most, await results(home)]).toEqual(["failed", true, { machines: "failed" }]);
    expect((await home.run(["retry", "dev", "--reason", "the cloud is well"])).exit).toBe(0);
    const next = await applied(home);
    expect([next.result.end, next.pushes <= most, await results(home)]).toEqual(["good", true, { machines: "good" }]);
  });

  test.skipIf(!isFull)("are four at the most where a dead run's lease is taken over", async () => {
    await home.land("again", edited("10.2.0.0/16", "10.3.0.0/16"));
    home.cloud.fault.add({ kind: "hang" });
    let pid = 0;
    const dying = home.run(["apply", "dev"], { onPid: (id) => (pid = id), onErr: (text) => void (text.includes("applying") && process.kill(pid, "SIGKILL")) });
    await dying;
    expect((await record(home)).lease?.pid).toBe(pid);
    home.cloud.fault.clear();
    const { result, pushes: count } = await applied(home);
    expect([result.end, count <= most]).toEqual(["good", true]);
  });
});
