import { driftText, hasDrift } from "../../../domain/reports/index.ts";
import { problemCodes, type Problem } from "../../../base/problem/index.ts";
import { detectDrift, driftReportOf, fixDrift } from "../../../workflows/drift/index.ts";
import type { CommandSpec } from "../command.ts";
import { environmentOf, lookOf, textFlag, withEstate } from "../work.ts";

export const driftCommand: CommandSpec = {
  name: "drift",
  summary: "compare what is live with what was applied, property by property; --fix puts it back",
  args: [["[environment]", "folder below environments/"]],
  flags: [
    ["--env <name>", "the environment, instead of the first word"],
    ["--stack <name>", "only this stack"],
    ["--fix", "repair what is found, and only that"],
  ],
  async run(context, args, flags) {
    const environment = environmentOf(args, flags);
    const stack = textFlag(flags, "stack");
    return withEstate(context, async (estate) => {
      const started = estate.clock.monotonicMs();
      const request = { environment, ...(stack === undefined ? {} : { stack }), ...context.interrupts };
      const repair = flags["fix"] === true ? await fixDrift(estate, request) : undefined;
      const detection = repair?.detection ?? (await detectDrift(estate, request));
      const report = driftReportOf(detection, repair, estate.clock.monotonicMs() - started);
      const problem: Problem | undefined = repair?.problem ?? detection.stacks.find((one) => one.problem !== undefined)?.problem;
      const found = repair === undefined && hasDrift(report) ? problemCodes.CHANGES_FOUND.exit : 0;
      return { kind: "Drift", data: report, text: driftText(report, lookOf(context)), exitCode: problem?.exitCode ?? found, problem };
    });
  },
};
