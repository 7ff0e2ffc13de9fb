import { recoveryText } from "../../../domain/reports/index.ts";
import { recoverEnvironment, recoveryReportOf } from "../../../workflows/recovery/index.ts";
import type { CommandSpec } from "../command.ts";
import { saidIn } from "../said.ts";
import { environmentOf, lookOf, withEstate } from "../work.ts";

export const recoverCommand: CommandSpec = {
  name: "recover",
  summary: "deal with what a killed run left: its lock, operations of which nobody recorded the end",
  args: [
    ["[environment]", "folder below environments/"],
    ["[stack]", "only this stack"],
  ],
  flags: [
    ["--env <name>", "the environment, instead of the first word"],
    ["--explain", "only tell: what happened, what exists, what would be done"],
    ["--dry-run", "only tell what would be done"],
    ["--exists <urn=id...>", "you looked: what this operation was to create, change or delete exists, under this id"],
    ["--absent <urn...>", "you looked: what this operation was to create, change or delete does not exist"],
  ],
  async run(context, args, flags) {
    const named = typeof flags["env"] === "string";
    const environment = environmentOf(named ? [] : args, flags);
    const explains = flags["explain"] === true;
    const request = {
      environment,
      stack: named ? args[0] : args[1],
      lookOnly: explains || flags["dryRun"] === true,
      said: saidIn(flags),
      ...context.interrupts,
    };
    return withEstate(context, async (estate) => {
      const done = await recoverEnvironment(estate, request);
      const report = recoveryReportOf(done);
      const { problem } = done;
      return { kind: "Recovery", data: report, text: recoveryText(report, lookOf(context), explains), exitCode: problem?.exitCode ?? 0, problem };
    });
  },
};
