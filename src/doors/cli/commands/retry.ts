import { retryText } from "../../../domain/reports/index.ts";
import { retryFailed } from "../../../workflows/rollback/index.ts";
import type { CommandSpec } from "../command.ts";
import { reasonIn } from "../reason.ts";
import { environmentOf, lookOf, textFlag, withEstate } from "../work.ts";

export const retryCommand: CommandSpec = {
  name: "retry",
  summary: "let what failed be tried once more as it is, by the next apply",
  args: [["[environment]", "folder below environments/"]],
  flags: [
    ["--env <name>", "the environment, instead of the first word"],
    ["--stack <name>", "only what failed with this stack in it"],
    ["--reason <text>", "why; recorded in the ledger"],
  ],
  async run(context, args, flags) {
    const stack = textFlag(flags, "stack");
    const words = { missing: "one that is given says why it is tried again", example: "the registry is back" };
    const reason = textFlag(flags, "reason") === undefined ? undefined : reasonIn(flags, words);
    const asked = { environment: environmentOf(args, flags), ...(stack === undefined ? {} : { stack }), ...(reason === undefined ? {} : { reason }) };
    return withEstate(context, async (estate) => {
      const report = await retryFailed(estate, asked);
      return { kind: "Retry", data: report, text: retryText(report, lookOf(context)), exitCode: 0 };
    });
  },
};
