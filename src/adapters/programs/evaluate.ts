import { realpathSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { constants } from "node:os";
import { dirname, extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Problem } from "../../base/problem/index.ts";
import { confined, findBubblewrap, nodePlaces } from "../../base/confinement/index.ts";
import { runChild, thisMachine, type ChildResult } from "../../base/process/index.ts";
import type { Job, Outcome } from "./evaluate/job.ts";
import { problemOf } from "./evaluation-problems.ts";

export const evaluationLimits = { deadlineMs: 10_000, printedBytes: 16 * 1024 * 1024, heapMb: 512 } as const;
export type EvaluationLimits = { readonly [key in keyof typeof evaluationLimits]: number };

/** What one file gave: plain data, or the reason why not. */
export type Evaluated = { readonly data: unknown } | { readonly problem: Problem };

/** Two rounds differ in all that a commit does not determine: place, zone, language, seed. */
export interface Round {
  readonly root: string;
  readonly result: string;
  readonly zone: string;
  readonly language: string;
  readonly seed: number;
}

const extension = extname(import.meta.filename);
const here = dirname(import.meta.filename);
const sources = realpathSync(join(here, "../.."));
const declareDoor = new URL(`../../declare/index${extension}`, import.meta.url).href;

/** The one package that evaluation needs, where it really is: the child can read that folder and none of the links that lead to it. */
const zodEntry = realpathSync(fileURLToPath(import.meta.resolve("zod")));
const zodFolder = zodEntry.slice(0, zodEntry.lastIndexOf("/node_modules/zod/") + "/node_modules/zod".length);

/** All code that decides what a file evaluates to. */
export const evaluatorRoots: readonly string[] = [
  ...["declare", "domain/environments", "base"].map((folder) => join(sources, folder)),
  join(here, "evaluate"),
  import.meta.filename,
  join(zodFolder, "package.json"),
];

function readable(round: Round): string[] {
  return [round.root, join(sources, "declare"), join(sources, "domain"), join(sources, "base"), here, zodFolder];
}

function childArguments(round: Round, limits: EvaluationLimits): string[] {
  return [
    "--permission",
    "--no-warnings",
    `--max-old-space-size=${limits.heapMb}`,
    `--random-seed=${round.seed}`,
    ...[...new Set(readable(round))].map((folder) => `--allow-fs-read=${folder}/*`),
    `--allow-fs-read=${join(sources, "../package.json")}`,
    `--allow-fs-write=${round.result}`,
    `--import=${new URL(`evaluate/packages${extension}`, import.meta.url).href}`,
    join(here, `evaluate/main${extension}`),
    pathToFileURL(zodEntry).href,
  ];
}

/** Node's own permissions keep honest files honest; what really holds is that there is nothing behind the walls. */
async function behindWalls(argv: readonly [string, ...string[]], round: Round): Promise<readonly [string, ...string[]]> {
  const isolation = await findBubblewrap(thisMachine().path);
  if (isolation.kind === "none") return argv;
  const reads = [...nodePlaces(), ...readable(round), join(sources, "../package.json")];
  // Numbers of processes begin anew behind walls: a shell in between makes those of the two rounds differ, as outside.
  const between = round.seed % 2 === 0 ? (["/bin/sh", "-c", '"$@"; exit $?', "sh"] as const) : [];
  const [first, ...rest] = [...between, ...argv];
  return confined(isolation, { network: false, reads, writes: [round.result] }, [first ?? argv[0], ...rest]);
}

/** How it ended as a signal's name: behind walls it is told as an exit code. */
function signalOf({ signal, exitCode }: ChildResult): string | undefined {
  const number = exitCode !== undefined && exitCode > 128 ? exitCode - 128 : 0;
  return signal ?? Object.entries(constants.signals).find(([, each]) => each === number)?.[0];
}

async function outcomes(path: string): Promise<Outcome[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Outcome);
}

interface Ran {
  readonly child: ChildResult;
  readonly printedTooMuch: boolean;
}

async function runOnce(files: readonly string[], round: Round, limits: EvaluationLimits): Promise<Ran> {
  await rm(round.result, { force: true });
  await writeFile(round.result, "");
  const job: Job = { root: round.root, trueup: declareDoor, files, result: round.result, printedBytes: limits.printedBytes };
  const stop = new AbortController();
  let printed = 0;
  const count = (chunk: Buffer): void => {
    printed += chunk.length;
    if (printed > limits.printedBytes) stop.abort();
  };
  const child = await runChild(await behindWalls([process.execPath, ...childArguments(round, limits)], round), {
    cwd: round.root,
    env: { TZ: round.zone, LANG: round.language, LC_ALL: round.language },
    deadlineMs: limits.deadlineMs,
    graceMs: 100,
    outputCap: 64 * 1024,
    stdin: JSON.stringify(job),
    hardSignal: stop.signal,
    onStdout: count,
    onStderr: count,
  });
  return { child, printedTooMuch: stop.signal.aborted };
}

/**
 * Evaluates files of one materialised tree in a confined child. One child does them all; when one of them ends the child, the others get a new
 * one, so that a bad file costs only itself. At most one child per file.
 */
export async function evaluateFiles(files: readonly string[], round: Round, limits: EvaluationLimits = evaluationLimits): Promise<Map<string, Evaluated>> {
  const results = new Map<string, Evaluated>();
  await mkdir(dirname(round.result), { recursive: true });
  let left = [...files];
  while (left.length > 0) {
    const ran = await runOnce(left, round, limits);
    let unfinished: string | undefined;
    for (const outcome of await outcomes(round.result)) {
      if (outcome.state === "started") unfinished = outcome.file;
      else {
        unfinished = undefined;
        results.set(outcome.file, outcome.state === "done" ? { data: outcome.data } : { problem: problemOf(outcome.failure, outcome.file) });
      }
    }
    const before = left.length;
    if (unfinished !== undefined) results.set(unfinished, { problem: endedEarly(unfinished, ran, limits) });
    left = left.filter((file) => !results.has(file));
    if (left.length === before) throw childFailed(left, ran.child);
  }
  return results;
}

function endedEarly(file: string, ran: Ran, limits: EvaluationLimits): Problem {
  const because = (what: string, todo: string): Problem =>
    new Problem("ENVIRONMENT_INVALID", { what, on: file, todo, detail: ran.child.stderr.slice(0, 4_000) });
  if (ran.printedTooMuch)
    return because(`the file prints more than ${limits.printedBytes / 1024 / 1024} MiB`, "Remove what it prints: environment files only declare.");
  if (ran.child.endedBy === "deadline")
    return because(`the file did not end within ${limits.deadlineMs / 1000} s`, "Remove the loop or the wait: environment files only declare.");
  if (ran.child.exitCode === 13) return because("the file waits for a promise that never settles", "Remove the await: environment files only declare.");
  if (ran.child.stderr.includes("heap out of memory"))
    return because(`the file needs more than ${limits.heapMb} MB of memory`, "Declare less, or remove the loop that grows.");
  return because(
    `the process that evaluated it ended (${signalOf(ran.child) ?? `exit code ${ran.child.exitCode}`})`,
    "Remove what ends the process: environment files only declare.",
  );
}

function childFailed(files: readonly string[], child: ChildResult): Problem {
  return new Problem("INTERNAL", {
    what: `the evaluator did not start (${signalOf(child) ?? `exit code ${child.exitCode}`})`,
    on: files[0] ?? "environments",
    todo: "Run again with --debug and report what it prints.",
    detail: child.stderr.slice(0, 4_000),
  });
}
