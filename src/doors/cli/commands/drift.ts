import { driftText, hasDrift } from "../../../domain/reports/index.ts";
import { Problem, problemCodes } from "../../../base/problem/index.ts";
import type { Estate } from "../../../workflows/estate/index.ts";
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
import type { CommandSpec, Given } from "../command.ts";
import { environmentOf, lookOf, textFlag, withEstate } from "../work.ts";

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

export const driftCommand: CommandSpec = {
  name: "drift",
  summary: "compare what is live with what was applied, property by property; --fix puts it back",
  args: [["[environment]", "folder below environments/"]],
  flags: [
    ["--env <name>", "the environment, instead of the first word"],
    ["--stack <name>", "only this stack"],
    ["--record", "write what is found to the ledger, with since when"],
    ["--fix", "repair what is found, and only that"],
    ["--scheduled", "for jobs: the stacks that are due by drift.schedule, as their drift.mode says"],
  ],
  async run(context, args, flags) {
    const environment = environmentOf(args, flags);
    const stack = textFlag(flags, "stack");
    const way = wayOf(flags);
    return withEstate(context, async (estate) => {
      const started = estate.clock.monotonicMs();
      const request = { environment, ...(stack === undefined ? {} : { stack }), ...context.interrupts };
      const all = await looked(estate, request, way);
      const report = driftReportOf(all, estate.clock.monotonicMs() - started);
      const problem = driftProblem(all);
      const found = hasDrift(report) ? problemCodes.CHANGES_FOUND.exit : 0;
      return { kind: "Drift", data: report, text: driftText(report, lookOf(context)), exitCode: problem?.exitCode ?? found, problem };
    });
  },
};
