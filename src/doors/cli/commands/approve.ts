import { approvalText } from "../../../domain/reports/index.ts";
import { approveRun } from "../../../workflows/conversation/index.ts";
import { forgeOf } from "../../../workflows/estate/index.ts";
import type { CommandSpec } from "../command.ts";
import { environmentOf, lookOf, textFlag, withEstate } from "../work.ts";

export const approveCommand: CommandSpec = {
  name: "approve",
  summary: "put on record that what a refused apply would have done is approved: exactly that, at this commit; a comment's /trueup approve does the same",
  args: [["[environment]", "folder below environments/"]],
  flags: [
    ["--env <name>", "the environment, instead of the first word"],
    ["--run <id>", "the run that you read; refused when another one waits by now"],
  ],
  async run(context, args, flags) {
    const environment = environmentOf(args, flags);
    const run = textFlag(flags, "run");
    return withEstate(context, async (estate) => {
      const report = await approveRun(estate, await forgeOf(estate), { environment, ...(run === undefined ? {} : { run }) });
      return { kind: "Approval", data: report, text: approvalText(report, lookOf(context)), exitCode: 0 };
    });
  },
};
