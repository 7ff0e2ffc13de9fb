import { openSync, readFileSync, writeSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { Problem } from "../../../base/problem/index.ts";
import { plainData } from "../../../domain/environments/index.ts";
import { confine, ImpureError, placeIn, type Confinement } from "./confine.ts";
import { hookImports } from "./hooks.ts";
import { swallowPrints } from "./prints.ts";
import { largestDeclaration, type Failure, type Job, type Outcome } from "./job.ts";

/**
 * The program of the confined child: evaluates environment files and writes what they export, one JSON line each, to the result file.
 * Started with --permission: it can read the materialised commit and trueup's own declarations, and write the result file.
 */

// Kept from before the evaluated files run: they may replace anything.
const stringify = JSON.stringify;
const nextTurn = setImmediate;
const write = writeSync;

const job = JSON.parse(readFileSync(0, "utf8")) as Job;
const result = openSync(job.result, "a");
let current = job.files[0] ?? "";
let rejection: { readonly reason: unknown } | undefined;

function tell(outcome: Outcome): void {
  write(result, `${stringify(outcome)}\n`);
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message.split("\n")[0] ?? thrown.name;
  return typeof thrown === "string" ? thrown : `a thrown ${typeof thrown}`;
}

/** What the permission model denied, in words; paths of this machine are told relative to the commit where they lie in it. */
function denied(thrown: unknown): string | undefined {
  const error = thrown as { readonly code?: unknown; readonly resource?: unknown; readonly permission?: unknown } | null;
  if (typeof error !== "object" || error?.code !== "ERR_ACCESS_DENIED") return undefined;
  const resource = (typeof error.resource === "string" ? error.resource : "something").replace(`${job.root}/`, "");
  return error.permission === "FileSystemWrite" ? `writes ${resource}` : `reads ${resource}, which is outside what it may see of the commit`;
}

function failureOf(thrown: unknown, file: string, confinement: Confinement): Failure {
  const noted = confinement.impurities[0];
  if (noted !== undefined) return noted;
  if (thrown instanceof ImpureError) return thrown.impurity;
  const at = (thrown instanceof Error ? placeIn(job.root, thrown.stack) : undefined) ?? file;
  const what = denied(thrown);
  if (what !== undefined) return { kind: "impure", what, at };
  if (thrown instanceof Problem) return { kind: "refused", code: thrown.code, what: thrown.what, on: thrown.on, todo: thrown.todo, at };
  return { kind: "threw", message: messageOf(thrown), at };
}

/** Two turns of the loop: a promise that was rejected while the module ran has been reported by then. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise<void>((done) => void nextTurn(done));
  if (rejection !== undefined) throw rejection.reason;
}

async function evaluate(file: string, confinement: Confinement): Promise<Outcome> {
  try {
    const module = (await import(pathToFileURL(`${job.root}/${file}`).href)) as Record<string, unknown>;
    await settle();
    if (confinement.impurities.length > 0) return { file, state: "failed", failure: failureOf(undefined, file, confinement) };
    if (!Object.hasOwn(module, "default")) return { file, state: "failed", failure: { kind: "threw", message: "it has no default export", at: file } };
    const plain = plainData(module["default"]);
    if ("finding" in plain)
      return {
        file,
        state: "failed",
        failure: { kind: "refused", code: "ENVIRONMENT_INVALID", what: plain.finding.what, on: plain.finding.path, todo: plain.finding.todo, at: file },
      };
    const length = stringify(plain.data).length;
    if (length > largestDeclaration)
      return {
        file,
        state: "failed",
        failure: { kind: "threw", message: `it declares ${length} characters of data, at most ${largestDeclaration}`, at: file },
      };
    return { file, state: "done", data: plain.data };
  } catch (thrown) {
    return { file, state: "failed", failure: failureOf(thrown, file, confinement) };
  }
}

process.on("unhandledRejection", (reason) => {
  rejection ??= { reason };
});
// process.exit would run exit handlers of the evaluated files.
const end = (process as NodeJS.Process & { readonly reallyExit: (code: number) => never }).reallyExit.bind(process);
const printsFromHere = swallowPrints(job.printedBytes, () => {
  tell({ file: current, state: "failed", failure: { kind: "threw", message: `it prints more than ${job.printedBytes / 1024 / 1024} MiB`, at: current } });
  return end(0);
});
const confinement = confine(job.root, () => current);
hookImports({ root: job.root, trueup: job.trueup }, confinement);
for (const file of job.files) {
  current = file;
  printsFromHere();
  confinement.impurities.length = 0;
  rejection = undefined;
  tell({ file, state: "started" });
  tell(await evaluate(file, confinement));
}
end(0);
