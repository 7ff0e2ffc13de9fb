import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { controls, type Control } from "../test/simulation/parts/controls.ts";
import type { Fault } from "../test/simulation/parts/faults.ts";
import { simulate, type SimulationResult } from "../test/simulation/parts/run.ts";
import type { Violation } from "../test/simulation/parts/check.ts";
import { addToRecord, type Harm } from "./torture/record.ts";

/**
 * `npm run simulate [-- --runs N --seed S --without GUARD --jobs J --shrink --record]`: the workflows on a virtual clock, against a simulated remote,
 * engine and cloud, with faults by the seed. One run alone tells its story; `--shrink` looks for the fewest faults that still do the harm.
 */
const text = (flag: string): string | undefined => {
  const at = process.argv.indexOf(`--${flag}`);
  return at < 0 ? undefined : process.argv[at + 1];
};

function number(flag: string, usual: number): number {
  const value = Number(text(flag) ?? usual);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${flag} wants a whole number`);
  return value;
}

/** What many runs come to. */
interface Tally {
  runs: number;
  steps: number;
  readonly struck: Record<string, number>;
  readonly ends: Record<string, number>;
  readonly paged: Record<string, number>;
  readonly violations: { readonly seed: number; readonly kind: string; readonly harm: Harm; readonly what: string }[];
}

const blank = (): Tally => ({ runs: 0, steps: 0, struck: {}, ends: {}, paged: {}, violations: [] });
const count = (of: Record<string, number>, name: string, more = 1): void => void (of[name] = (of[name] ?? 0) + more);

/** The record knows no word for a program that broke: then nobody said how it ended. */
const harmOf = (harm: Violation["harm"]): Harm => (harm === "broken" ? "unnamed" : harm);

function add(tally: Tally, result: SimulationResult): void {
  tally.runs += 1;
  tally.steps += result.steps;
  for (const { kind } of result.struck) count(tally.struck, kind);
  for (const end of result.ends) count(tally.ends, end);
  for (const why of result.paged) count(tally.paged, why);
  const kind = result.struck.map((fault) => fault.kind).join(", ");
  tally.violations.push(...result.violations.map(({ harm, what }) => ({ seed: result.seed, kind, harm: harmOf(harm), what })));
}

function merge(tally: Tally, other: Tally): void {
  tally.runs += other.runs;
  tally.steps += other.steps;
  for (const name of ["struck", "ends", "paged"] as const) for (const [key, more] of Object.entries(other[name])) count(tally[name], key, more);
  tally.violations.push(...other.violations);
}

interface Share {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly without: Control | undefined;
}

async function play({ from, to, step, without }: Share): Promise<Tally> {
  const tally = blank();
  for (let seed = from; seed < to; seed += step) add(tally, await simulate(seed, without === undefined ? {} : { without: controls[without] }));
  return tally;
}

function inWorker(share: Share): Promise<Tally> {
  return new Promise((done, fail) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share });
    worker.once("message", done);
    worker.once("error", fail);
  });
}

/** Leaves out one fault after the other as long as the harm stays. */
async function shrunk(seed: number, faults: readonly Fault[], harm: string): Promise<readonly Fault[]> {
  for (const fault of faults) {
    const fewer = faults.filter((one) => one !== fault);
    if ((await simulate(seed, { faults: fewer })).violations.some((one) => one.harm === harm)) return shrunk(seed, fewer, harm);
  }
  return faults;
}

const line = (words: string): void => void process.stdout.write(`${words}\n`);
const table = (title: string, of: Record<string, number>): void => {
  line(title);
  for (const [name, times] of Object.entries(of).sort(([, a], [, b]) => b - a)) line(`${String(times).padStart(9)}  ${name}`);
};

async function tellOne(seed: number, without: Control | undefined): Promise<number> {
  const result = await simulate(seed, { tells: true, ...(without === undefined ? {} : { without: controls[without] }) });
  for (const told of result.story) line(told);
  line(`\nseed ${seed}, ${JSON.stringify(result.shape)}, trace ${result.digest.toString(16)}`);
  for (const { kind, at, forMs } of result.drawn) line(`drawn: ${kind} at its point ${at}, ${forMs / 1000} s`);
  for (const { harm, what } of result.violations) line(`VIOLATION ${harm}: ${what}`);
  const [first] = result.violations;
  if (first === undefined) line("no violation");
  else if (process.argv.includes("--shrink"))
    for (const fault of await shrunk(seed, result.drawn, first.harm)) line(`needed: ${fault.kind} at its point ${fault.at}, ${fault.forMs / 1000} s`);
  return result.violations.length;
}

async function tellMany(seed: number, runs: number, without: Control | undefined): Promise<number> {
  const jobs = number("jobs", 2);
  const began = performance.now();
  const shares = Array.from({ length: jobs }, (_, at) => ({ from: seed + at, to: seed + runs, step: jobs, without }));
  const tally = blank();
  for (const part of await Promise.all(shares.map(inWorker))) merge(tally, part);
  const seconds = (performance.now() - began) / 1000;
  const faults = Object.values(tally.struck).reduce((sum, times) => sum + times, 0);
  table("faults that struck:", tally.struck);
  table("how applies ended:", tally.ends);
  table("a person was needed:", tally.paged);
  for (const { seed: at, harm, what } of tally.violations.slice(0, 50)) line(`VIOLATION seed ${at}: ${harm}: ${what}`);
  line(
    `${tally.runs} runs, ${faults} faults, ${tally.violations.length} violations; ${Math.round((1000 * seconds * jobs) / tally.runs)} ms each, ${seconds.toFixed(0)} s with ${jobs} at a time`,
  );
  if (tally.violations.length === 0) line(`a violation is rarer than ${(300 / tally.runs).toPrecision(2)} % of runs (95 %)`);
  if (process.argv.includes("--record")) {
    if (without !== undefined) throw new Error("what is played without a guard is no record of the product");
    const root = join(import.meta.dirname, "..");
    const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
    const seeds = { from: seed, to: seed + runs - 1 };
    const figures = { commit, seeds, runs: tally.runs, faults: tally.struck, seconds: Math.round(seconds), misses: tally.violations };
    addToRecord(join(root, "docs/reliability.jsonl"), { rig: "simulation", date: new Date().toISOString(), ...figures });
  }
  return tally.violations.length;
}

if (isMainThread) {
  const without = text("without");
  if (without !== undefined && !Object.hasOwn(controls, without)) throw new Error(`--without wants one of: ${Object.keys(controls).join(", ")}`);
  const [seed, runs] = [number("seed", 1), number("runs", 1_000)];
  const harm = await (runs === 1 ? tellOne(seed, without as Control | undefined) : tellMany(seed, runs, without as Control | undefined));
  process.exitCode = harm === 0 ? 0 : 1;
} else {
  const tally = await play(workerData as Share);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker of Node, no window
  parentPort?.postMessage(tally);
}
