import { alerts, driftText } from "../../../domain/reports/index.ts";
import { asProblem, Problem, problemCodes } from "../../../base/problem/index.ts";
import { afterRun, proposeDrift } from "../../../workflows/conversation/index.ts";
import { forgeOf, ledgerNames, type Estate } from "../../../workflows/estate/index.ts";
import {
  detectDrift,
  driftProblem,
  driftReportOf,
  fixDrift,
  recordFindings,
  sweepDrift,
  type Detection,
  type DriftRequest,
  type Repair,
  type Sweep,
} from "../../../workflows/drift/index.ts";
import type { CommandContext, CommandResult, CommandSpec, Given } from "../command.ts";
import { adoptCommand, ignoreCommand, unignoreCommand } from "./drift-decisions.ts";
import { environmentOf, lookOf, textFlag, together, withEstate } from "../work.ts";

interface Looked {
  readonly detection: Detection;
  readonly repair?: Repair;
  readonly sweep?: Sweep;
}

const ways = ["record", "fix", "scheduled"] as const;

/** Which of the three ways that write; undefined to look only. */
function wayOf(flags: Given): (typeof ways)[number] | undefined {
  const asked = ways.filter((way) => flags[way] === true);
  // A repair records by itself.
  const [first, ...more] = asked.includes("fix") ? asked.filter((way) => way !== "record") : asked;
  if (more.length === 0) return first;
  throw new Problem("USAGE", {
    what: `--${asked.join(" and --")} do not go together`,
    on: "the command line",
    todo: "Choose one: --record writes down what is found, --fix puts it back, --scheduled does what each stack's drift.mode says.",
  });
}

async function looked(estate: Estate, request: DriftRequest, way: ReturnType<typeof wayOf>): Promise<Looked> {
  if (way === "scheduled") {
    const sweep = await sweepDrift(estate, request);
    if (sweep.proposed.length > 0) await proposeDrift(estate, await forgeOf(estate), sweep);
    return { detection: sweep.detection, repair: sweep.repair, sweep };
  }
  if (way === "fix") {
    const repair = await fixDrift(estate, request);
    return { detection: repair.detection, repair };
  }
  const detection = await detectDrift(estate, request);
  if (way === "record") await recordFindings(detection);
  return { detection };
}

/** What was written down is told; the drift issue is about all environments, so the last of them brings it up to date. Who only looked tells nobody. */
async function tellDrift(estate: Estate, environments: readonly string[], { way, context }: Pick<Way, "way" | "context">): Promise<void> {
  if (way === undefined) return;
  const forge = await forgeOf(estate);
  const { signal } = context.interrupts;
  for (const environment of environments) await afterRun(estate, forge, { environment, drift: environment === environments.at(-1), signal });
}

async function recorded(estate: Estate): Promise<readonly string[]> {
  await estate.repository.fetch();
  return ledgerNames(estate);
}

interface Way {
  readonly way: ReturnType<typeof wayOf>;
  readonly context: CommandContext;
  readonly isAlone: boolean;
}

/** One environment of several must not keep the others from being looked at: what it throws becomes its result. */
async function one(estate: Estate, request: DriftRequest, { way, context, isAlone }: Way): Promise<CommandResult> {
  const started = estate.clock.monotonicMs();
  try {
    const all = await looked(estate, request, way);
    const report = driftReportOf(all, estate.clock.monotonicMs() - started);
    const problem = driftProblem(all);
    const found = alerts(report) ? problemCodes.CHANGES_FOUND.exit : 0;
    return { kind: "Drift", data: report, text: driftText(report, lookOf(context)), exitCode: problem?.exitCode ?? found, problem };
  } catch (thrown) {
    if (isAlone || request.signal?.aborted === true) throw thrown;
    const problem = asProblem(thrown, `environment ${request.environment}`);
    return { kind: "Drift", data: problem, text: problem.lines.join("\n"), exitCode: problem.exitCode, problem };
  }
}

const flags = [
  ["--env <name>", "the environment, instead of the first word"],
  ["--stack <name>", "only this stack"],
] as const;

async function run(context: CommandContext, args: readonly string[], given: Given): Promise<CommandResult> {
  const way = wayOf(given);
  const stack = textFlag(given, "stack");
  const named = args[0] ?? textFlag(given, "env");
  return withEstate(context, async (estate) => {
    const environments = named === undefined && way === "scheduled" ? await recorded(estate) : [environmentOf(args, given)];
    const results: CommandResult[] = [];
    for (const environment of environments) {
      const request = { environment, ...(stack === undefined ? {} : { stack }), ...context.interrupts };
      results.push(await one(estate, request, { way, context, isAlone: environments.length === 1 }));
    }
    await tellDrift(estate, environments, { way, context });
    return together(results, { kind: "Drifts", nothing: "no environment was ever applied" });
  });
}

const fixCommand: CommandSpec = {
  name: "fix",
  summary: "the same as --fix: put back what is found, and only that",
  args: [["[environment]", "folder below environments/"]],
  flags,
  run: (context, args, given) => run(context, args, { ...given, fix: true }),
};

export const driftCommand: CommandSpec = {
  name: "drift",
  summary: "compare what is live with what was applied, property by property; then fix it, adopt it or ignore it",
  args: [["[environment]", "folder below environments/"]],
  flags: [
    ...flags,
    ["--record", "write what is found to the ledger, with since when"],
    ["--fix", "repair what is found, and only that"],
    ["--scheduled", "for jobs: the stacks that are due by drift.schedule, as their drift.mode says; of every environment where none is named"],
  ],
  subcommands: [fixCommand, adoptCommand, ignoreCommand, unignoreCommand],
  run,
};
