import { applyText } from "../../../domain/reports/index.ts";
import { applyEnvironment, applyReportOf } from "../../../workflows/apply/index.ts";
import type { CommandSpec } from "../command.ts";
import { environmentOf, lookOf, withEstate } from "../work.ts";

export const applyCommand: CommandSpec = {
  name: "apply",
  summary: "bring an environment to the head of its branch, in waves; refused as a whole when anything is wrong",
  args: [["[environment]", "folder below environments/"]],
  flags: [["--env <name>", "the environment, instead of the first word"], ["--all", "every stack, not only the affected ones"]],
  async run(context, args, flags) {
    const environment = environmentOf(args, flags);
    return withEstate(context, async (estate) => {
      const result = await applyEnvironment(estate, { environment, all: flags["all"] === true, ...context.interrupts });
      const report = applyReportOf(result);
      return { kind: "Apply", data: report, text: applyText(report, lookOf(context)), exitCode: result.problem?.exitCode ?? 0 };
    });
  },
};
