import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { runChild } from "../../src/base/process/index.ts";
import { canMount, whyNoMounts } from "../torture/disks.ts";
import { familyOf, processesIn } from "../torture/processes.ts";
import { engine, isFull, newHome, type Home, type Told } from "./estate.ts";
import { cloudLines, picture, record, results, runs, sentences, stateOf } from "./evidence.ts";
import { single } from "./single.ts";

vi.setConfig({ testTimeout: 240_000 });

/** One thing that goes wrong while a stack's only object is being made. */
interface Trouble {
  readonly name: string;
  readonly slice: boolean;
  /** Needs a file system of its own for the backend. */
  readonly mounts?: true;
  /** What the runner says when it strikes. */
  readonly cue?: "previewing" | "create";
  strike(home: Home, pid: number): Promise<unknown>;
  heal?(home: Home): Promise<unknown>;
  readonly exit: number;
  readonly says: RegExp;
  /** What the ledger says of the stack then. */
  readonly result: string | undefined;
  /** Objects that are there then. */
  readonly made: number;
  /** What of that is not left, where that was promised. */
  readonly leaves?: { readonly pending: 0; readonly locks: 0; readonly lease: null };
}

const stateFolder = (home: Home): string => join(home.clone, ".trueup/state");
const system = (...words: [string, ...string[]]): Promise<unknown> =>
  runChild(words, { cwd: "/", env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" }, deadlineMs: 10_000 });
const kill = async (pid: number | undefined, signal: NodeJS.Signals): Promise<void> => {
  if (pid === undefined) throw new Error("there is no such process");
  process.kill(pid, signal);
};
const away = (home: Home): string => `${home.remote}-away`;

const troubles: readonly Trouble[] = [
  {
    name: "SIGTERM: what was begun is ended",
    slice: true,
    strike: (_, pid) => kill(pid, "SIGTERM"),
    exit: 8,
    says: /^CANCELLED: /,
    result: "failed",
    made: 1,
    leaves: { pending: 0, locks: 0, lease: null },
  },
  {
    name: "kill -9 of the provider",
    slice: false,
    strike: (_, pid) => kill(familyOf(pid).provider, "SIGKILL"),
    exit: 1,
    says: /^ENGINE_FAILED: /,
    result: "failed",
    made: 0,
  },
  {
    name: "kill -9 of the program, as who runs out of memory is killed",
    slice: false,
    strike: (_, pid) => kill(familyOf(pid).programs[0], "SIGKILL"),
    exit: 1,
    says: /^(ENGINE|PROGRAM)_FAILED: /,
    result: "failed",
    made: 1,
  },
  {
    name: "kill -9 of the program's host",
    slice: false,
    strike: (_, pid) => kill(familyOf(pid).host, "SIGKILL"),
    exit: 1,
    says: /^(ENGINE|PROGRAM)_FAILED: /,
    result: "failed",
    made: 1,
  },
  {
    name: "the remote is gone before anything is touched, and nothing is",
    slice: false,
    cue: "previewing",
    strike: (home) => rename(home.remote, away(home)),
    heal: (home) => rename(away(home), home.remote),
    exit: 1,
    says: /^REMOTE_UNREACHABLE: /,
    result: undefined,
    made: 0,
  },
  {
    name: "the remote is gone from then on: what was applied cannot be recorded",
    slice: false,
    strike: (home) => rename(home.remote, away(home)),
    heal: (home) => rename(away(home), home.remote),
    exit: 1,
    says: /^REMOTE_UNREACHABLE: /,
    result: "applying",
    made: 1,
  },
  {
    name: "the backend's disk is full",
    slice: false,
    mounts: true,
    strike: (home) => writeFile(join(stateFolder(home), "filler"), Buffer.alloc(2 * 1024 * 1024)).catch(() => undefined),
    heal: (home) => rm(join(stateFolder(home), "filler")),
    exit: 1,
    says: /^DISK_FULL: /,
    result: "failed",
    made: 1,
  },
  {
    name: "the backend takes no writes any more",
    slice: false,
    mounts: true,
    strike: (home) => system("mount", "-o", "remount,ro", stateFolder(home)),
    heal: (home) => system("mount", "-o", "remount,rw", stateFolder(home)),
    exit: 1,
    says: /^(ENGINE_FAILED|STATE_UNREACHABLE): /,
    result: "failed",
    made: 1,
  },
];

const creates = async (home: Home, phase: string): Promise<number> =>
  (await cloudLines(home)).filter((line) => line.op === "create" && line.phase === phase).length;

/** What lives of ours: engines, programs and satellites of this home. */
const left = (home: Home): readonly unknown[] => processesIn(home.folder).filter(({ words }) => /pulumi|\/src\/(doors|satellites)\//.test(words));

/** Waits for the moment, or for an end before it. */
async function cued(home: Home, cue: Trouble["cue"], now: { readonly said: string; readonly isOver: boolean }): Promise<void> {
  for (const ends = performance.now() + 60_000; !now.isOver && performance.now() < ends; await sleep(20))
    if (cue === "previewing" ? now.said.includes("previewing") : (await creates(home, "begin")) > 0) return;
}

async function struckApply(home: Home, { cue, strike }: Trouble): Promise<Told> {
  const now = { said: "", isOver: false };
  const pid = Promise.withResolvers<number>();
  const applying = home.run(["apply", "dev"], { onPid: pid.resolve, onErr: (text) => (now.said += text) }).finally(() => (now.isOver = true));
  await cued(home, cue, now);
  expect(now.isOver).toBe(false);
  await strike(home, await pid.promise);
  return applying;
}

const mayMount = await canMount();
if (isFull && !mayMount)
  for (const { name, mounts } of troubles) if (mounts === true) console.warn(`skipped in the middle of an apply: ${name}: ${whyNoMounts}`);

/** Each has an end that has a name, the next apply does the rest by itself, and nothing is made twice. */
describe.skipIf(engine === undefined)("in the middle of an apply", () => {
  const all = troubles.filter(({ slice }) => slice || isFull);
  test.for(all)("$name; the next apply converges", async (trouble, { skip }) => {
    skip(trouble.mounts === true && !mayMount, whyNoMounts);
    const home = await newHome(single(""));
    try {
      if (trouble.mounts === true) {
        await mkdir(stateFolder(home), { recursive: true });
        await system("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", stateFolder(home));
      }
      home.cloud.fault.add({ kind: "latency", latencyMs: 3_000, op: "create" });
      const struck = await struckApply(home, trouble);
      await trouble.heal?.(home);
      home.cloud.fault.clear();
      expect([struck.exit, struck.lines[0]]).toEqual([trouble.exit, expect.stringMatching(trouble.says)]);
      expect([(await results(home))["machines"], await creates(home, "commit"), left(home)]).toEqual([trouble.result, trouble.made, []]);
      const clean = { pending: (await stateOf(home, "dev.machines"))?.pending, locks: (await picture(home)).locks, lease: (await record(home)).lease };
      expect(clean).toMatchObject(trouble.leaves ?? {});

      const next = await home.run(["apply", "dev"]);
      expect([next.exit, next.err]).toEqual([0, expect.anything()]);
      expect([await results(home), await creates(home, "commit"), (await stateOf(home, "dev.machines"))?.pending]).toEqual([{ machines: "good" }, 1, 0]);
      expect([(await picture(home)).locks, (await record(home)).lease, await home.sessions(), left(home)]).toEqual([0, null, "", []]);
      expect((await runs(home)).filter(({ result }) => result === "running")).toEqual([]);
      expect((await sentences(home))[0]).toMatch(/applied to machines/);
    } finally {
      if (trouble.mounts === true) await system("umount", "-l", stateFolder(home));
      await home.remove();
    }
  });
});
