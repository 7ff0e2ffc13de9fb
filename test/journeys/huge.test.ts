import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, describe, expect, test, vi } from "vitest";
import { openPrograms } from "../../src/adapters/programs/index.ts";
import { thisMachine } from "../../src/base/process/index.ts";
import { treeOf } from "../../src/workflows/estate/index.ts";
import { engine, isFull, newHome, type Home } from "./estate.ts";
import { growRepository, replaceFile, type Size } from "./huge-repository.ts";
import { single } from "./single.ts";

vi.setConfig({ testTimeout: 1_800_000, hookTimeout: 300_000 });

const largeFileBytes = 1024 * 1024;
const slice: Size = { files: 3_000, below: 200, commits: 100, largeFiles: 5, largeBytes: largeFileBytes, branches: 300, tags: 300 };
const full: Size = { files: 100_000, below: 3_000, commits: 20_000, largeFiles: 300, largeBytes: largeFileBytes, branches: 5_000, tags: 5_000 };

const homes: Home[] = [];
afterAll(async () => {
  for (const home of homes) await home.remove();
});

/** An estate of one stack, in a repository that holds all this besides. */
async function homeOf(size: Size | undefined): Promise<Home> {
  const home = await newHome(single(""));
  homes.push(home);
  if (size !== undefined) await growRepository(home.remote, await home.git("rev-parse", "env/dev"), size);
  return home;
}

const inMirror = (home: Home, ...args: readonly string[]): Promise<string> => home.git("--git-dir", join(home.clone, ".trueup/mirror.git"), ...args);

/** Below trueup's own folder, but not in the mirror. */
async function filesOutside(home: Home, name: RegExp): Promise<readonly string[]> {
  const below = await readdir(join(home.clone, ".trueup"), { recursive: true });
  return below.filter((path) => !path.startsWith("mirror.git/") && name.test(path));
}

interface Cost {
  /** Processor time with that of children that ended. */
  readonly cpuSeconds: number;
  /** Most that trueup's own process ever had. */
  readonly peakMb: number;
  readonly wallSeconds: number;
}

const ticksPerSecond = 100;

function costNow(pid: number): Omit<Cost, "wallSeconds"> | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return peak === undefined ? undefined : { cpuSeconds: ticks / ticksPerSecond, peakMb: Number(peak) / 1000 };
  } catch {
    return undefined;
  }
}

/** Runs a command that must end well; what it cost. */
async function costOf(home: Home, ...args: readonly string[]): Promise<Cost> {
  const began = performance.now();
  let cost: Omit<Cost, "wallSeconds"> = { cpuSeconds: 0, peakMb: 0 };
  let looking: NodeJS.Timeout | undefined;
  const onPid = (pid: number): void => {
    looking = setInterval(() => (cost = costNow(pid) ?? cost), 50);
  };
  const { exit, err } = await home.run(args, { onPid, deadlineMs: 600_000 });
  clearInterval(looking);
  if (exit !== 0) throw new Error(`trueup ${args.join(" ")} ended with ${exit}: ${err}`);
  return { ...cost, wallSeconds: (performance.now() - began) / 1000 };
}

const environmentFile = "environments/dev/environment.ts";

/** Everything that is measured, in order; each is a process of its own. */
async function costs(home: Home): Promise<Readonly<Record<string, Cost>>> {
  const preview = await costOf(home, "preview", "dev");
  const again = await costOf(home, "preview", "dev");
  const apply = await costOf(home, "apply", "dev");
  const declared = await home.git("--git-dir", home.remote, "show", `env/dev:${environmentFile}`);
  await replaceFile(home.remote, environmentFile, declared.replace("10.1.0.0/16", "10.2.0.0/16"));
  const agent = await costOf(home, "agent", "--env", "dev", "--once");
  const idle = await costOf(home, "agent", "--env", "dev", "--once");
  return {
    "preview in a CI job: the first, which brings the repository": preview,
    "preview in a clone": again,
    "apply in a clone": apply,
    "agent: a look that applies a merge": agent,
    "agent: a look with nothing to do": idle,
  };
}

const shown = ({ cpuSeconds, wallSeconds, peakMb }: Cost): string => `${cpuSeconds.toFixed(1)} s · ${wallSeconds.toFixed(1)} s · ${peakMb.toFixed(0)} MB`;

function collect(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

describe.skipIf(engine === undefined)("a repository with much that is not ours", () => {
  test("is previewed from its objects: all branches and no tags are brought, and nothing but the mirror is left of it", async () => {
    const home = await homeOf(slice);
    await costOf(home, "preview", "dev");
    const refs = (await inMirror(home, "for-each-ref", "--format=%(refname)")).split("\n");
    expect(refs.filter((ref) => ref.startsWith("refs/heads/team/"))).toHaveLength(slice.branches);
    expect(refs.filter((ref) => ref.startsWith("refs/tags/"))).toEqual([]);
    expect(await filesOutside(home, /\.bin$|service|objects\/pack\/tmp_/)).toEqual([]);
  });

  test.skipIf(!isFull)("costs little more than a small one: in a CI job, in a clone, and with an agent", async () => {
    const [small, huge] = [await costs(await homeOf(undefined)), await costs(await homeOf(full))];
    const rows = Object.entries(huge).map(([what, cost]) => ({ what, cost, usual: small[what] ?? cost }));
    console.info(
      ["", "| what | small: CPU · wall · peak | huge |", ...rows.map(({ what, cost, usual }) => `| ${what} | ${shown(usual)} | ${shown(cost)} |`)].join("\n"),
    );
    for (const { what, cost, usual } of rows) {
      expect({ what, isLean: cost.peakMb - usual.peakMb < 300 }).toEqual({ what, isLean: true });
      expect({ what, isQuick: cost.cpuSeconds - usual.cpuSeconds < 30 }).toEqual({ what, isQuick: true });
    }
    expect(rows.at(-1)?.cost.cpuSeconds).toBeLessThan((rows.at(-1)?.usual.cpuSeconds ?? 0) + 5);
    await remembered(homes.at(-1) as Home);
  });

  /** What a process that reads commit after commit keeps of them, as an agent does with merges. */
  async function remembered(home: Home): Promise<void> {
    const { repository } = await home.open();
    const programs = openPrograms({ machine: thisMachine(), work: join(home.folder, "programs"), checkout: home.clone });
    const head = await repository.branch("env/dev");
    const commits = await repository.firstParents(undefined, head ?? "", 17);
    const heapMb: number[] = [];
    for (const { sha } of commits) {
      await programs.environments(await treeOf(repository, sha));
      collect();
      heapMb.push(process.memoryUsage().heapUsed / 1e6);
    }
    await programs.close();
    console.info(`heap after each of ${heapMb.length} commits: ${heapMb.map((mb) => mb.toFixed(0)).join(", ")} MB`);
    expect((heapMb.at(-1) ?? 0) - (heapMb[3] ?? 0)).toBeLessThan(40);
  }
});
