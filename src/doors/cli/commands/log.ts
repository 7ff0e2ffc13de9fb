import { logText } from "../../../domain/reports/index.ts";
import { environmentLog } from "../../../workflows/status/index.ts";
import type { CommandSpec } from "../command.ts";
import { environmentOf, lookOf, numberFlag, withEstate } from "../work.ts";

const usualLimit = 20;

export const logCommand: CommandSpec = {
  name: "log",
  summary: "what happened to an environment, newest first: the ledger branch, as people read it",
  args: [["[environment]", "folder below environments/"]],
  flags: [
    ["--env <name>", "the environment, instead of the first word"],
    ["--limit <n>", `how many entries (default ${usualLimit})`],
  ],
  async run(context, args, flags) {
    const environment = environmentOf(args, flags);
    const limit = numberFlag(flags, "limit", 1) ?? usualLimit;
    return withEstate(context, async (estate) => {
      const entries = await environmentLog(estate, environment, limit);
      return {
        kind: "Log",
        data: entries,
        text: entries.length === 0 ? `nothing was ever applied to ${environment}` : logText(entries, lookOf(context)),
        exitCode: 0,
      };
    });
  },
};
