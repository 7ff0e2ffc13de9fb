import { systemClock } from "../../base/clock/index.ts";
import { asProblem, Problem } from "../../base/problem/index.ts";
import { applyReport, driftReport, previewComment, type ApplyReport, type DriftReport, type Failure, type PreviewReport } from "../../domain/reports/index.ts";
import { ciOutputHere, type CiAnnotation } from "../../workflows/ci-job/index.ts";
import { groupStacks } from "./ci-groups.ts";
import type { CommandContext, CommandResult } from "./command.ts";
import { observeTerminal } from "./progress.ts";

/** What one report may take of the page of a run, which takes 1 MiB: several environments follow each other. */
const pageLimits = { units: 250_000, bytes: 300_000 };

/**
 * JSON stays JSON: what would be changed in it stands inside strings, where it can be written as an escape. Text for people just gets its backslashes.
 */
function harmless(text: string, harmlessText: (text: string) => string): string {
  return /^\s*[[{]/.test(text) ? text.replaceAll("##[", "##\\u005b") : harmlessText(text);
}

/** The same context for a process that is a CI job: nothing it prints is taken for a command of the host, and progress comes in groups. */
export function inCi(context: CommandContext): CommandContext {
  const output = ciOutputHere(context.machine, systemClock);
  if (output === undefined) return context;
  const raw = (text: string): void => {
    if (text !== "") context.say(text.replace(/\n$/, ""));
  };
  const isData = context.format === "json" || context.format === "yaml";
  return {
    ...context,
    ci: output,
    print: (text) => context.print(isData ? harmless(text, output.harmless) : output.harmless(text)),
    say: (text) => context.say(output.harmless(text)),
    observe() {
      const lines = observeTerminal({ color: context.color, width: context.width, live: false, write: (text) => raw(output.harmless(text)) });
      const groups = groupStacks(output, raw);
      return {
        stop: lines.stop,
        observer: (progress) => {
          lines.observer(progress);
          groups(progress);
        },
      };
    },
  };
}

interface Reports {
  readonly previews: readonly PreviewReport[];
  readonly applies: readonly ApplyReport[];
  readonly drift: readonly DriftReport[];
}

/** The reports of a result: the envelope's kind says what its data is. One of several environments may have ended in a problem instead. */
function reportsOf({ kind, data }: Pick<CommandResult, "kind" | "data">): Reports {
  const all: readonly unknown[] = (Array.isArray(data) ? (data as readonly unknown[]) : [data]).filter((one) => !(one instanceof Problem));
  const of = (...kinds: readonly string[]): readonly unknown[] => (kinds.includes(kind) ? all : []);
  return {
    previews: of("Preview", "Previews") as readonly PreviewReport[],
    applies: of("Apply", "Applies") as readonly ApplyReport[],
    drift: of("Drift", "Drifts") as readonly DriftReport[],
  };
}

function place(source: string | undefined): Pick<CiAnnotation, "file" | "line"> {
  const [, file, line] = /^([^\s:]+):(\d+)(?::\d+)?$/.exec(source ?? "") ?? [];
  return file === undefined ? {} : { file, line: Number(line) };
}

function annotation(problem: Failure["problem"], source: string | undefined): CiAnnotation {
  return { level: "error", title: problem.code, message: `${problem.what}\non ${problem.on}\n${problem.todo}`, ...place(source ?? problem.on) };
}

function failuresOf({ previews, applies, drift }: Reports): Failure[] {
  const ofPreviews = previews.flatMap(({ state, stacks }) => [
    ...(state.kind === "failed" ? [state.failure] : []),
    ...stacks.flatMap(({ outcome }) => (outcome.kind === "failed" ? [outcome.failure] : [])),
  ]);
  const ofRuns = [...applies, ...drift].flatMap(({ stacks }) => stacks.flatMap(({ failure }) => (failure === undefined ? [] : [failure])));
  return [...ofPreviews, ...ofRuns, ...applies.flatMap(({ failure }) => (failure === undefined ? [] : [failure]))];
}

function pageOf({ previews, applies, drift }: Reports): string[] {
  return [
    ...(previews.length === 0 ? [] : [previewComment({ marker: "summary", reports: previews }, pageLimits)]),
    ...applies.map((report) => applyReport(report, pageLimits)),
    ...drift.map((report) => driftReport(report, pageLimits)),
  ];
}

/** Puts how a command ended where the host shows it: failures beside their source lines, reports on the page of the run. Does nothing outside of CI. */
export function tellCi(context: CommandContext, result: Pick<CommandResult, "kind" | "data" | "problem">): void {
  if (context.ci === undefined) return;
  try {
    const reports = reportsOf(result);
    const failures = failuresOf(reports).map((failure) => annotation(failure.problem, failure.source));
    const ofCommand = result.problem === undefined ? [] : [annotation(result.problem, undefined)];
    const all = [...new Map([...ofCommand, ...failures].map((one) => [one.message, one])).values()];
    process.stderr.write(context.ci.annotations(all));
    for (const page of pageOf(reports)) context.ci.summary(page);
  } catch (thrown) {
    // What was done is done: a page that cannot be written must not change how the command ended.
    context.say(`the page of this run was not written: ${asProblem(thrown, "the CI job").what}`);
  }
}

export const tellCiProblem = (context: CommandContext, problem: Problem): void => tellCi(context, { kind: "Error", data: problem, problem });
