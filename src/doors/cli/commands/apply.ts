import { applyText } from "../../../domain/reports/index.ts";
import { applyEnvironment, applyReportOf } from "../../../workflows/apply/index.ts";
import { didYouMean, Problem } from "../../../base/problem/index.ts";
import { refusalKinds } from "../../../domain/gates/index.ts";
import type { CommandSpec, Given } from "../command.ts";
import { environmentOf, lookOf, textFlag, withEstate } from "../work.ts";

/** --override wants words for the record: one without --reason, or a guard that does not exist, is wrong usage. */
function overridesOf(flags: Given): { guards: readonly string[]; reason: string } | undefined {
  const guards = flags["override"];
  if (!Array.isArray(guards)) return undefined;
  const unknown = guards.find((guard) => !(refusalKinds as readonly string[]).includes(String(guard)));
  if (unknown !== undefined)
    throw new Problem("USAGE", {
      what: `there is no guard "${unknown}"`,
      on: "--override",
      todo: `Guards: ${refusalKinds.join(", ")}.${didYouMean(String(unknown), refusalKinds)}`,
    });
  const reason = textFlag(flags, "reason");
  if (reason === undefined || reason.trim() === "")
    throw new Problem("USAGE", {
      what: "--override wants a --reason: it is recorded in the ledger",
      on: "the command line",
      todo: 'Say why: --reason "the old bucket is empty"',
    });
  return { guards: guards.map(String), reason };
}

export const applyCommand: CommandSpec = {
  name: "apply",
  summary: "bring an environment to the head of its branch, in waves; refused as a whole when anything is wrong",
  args: [["[environment]", "folder below environments/"]],
  flags: [
    ["--env <name>", "the environment, instead of the first word"],
    ["--all", "every stack, not only the affected ones"],
    ["--override <guards...>", "let these guards pass, for this commit only; recorded with --reason"],
    ["--reason <text>", "why"],
  ],
  async run(context, args, flags) {
    const environment = environmentOf(args, flags);
    const overrides = overridesOf(flags);
    return withEstate(context, async (estate) => {
      const result = await applyEnvironment(estate, {
        environment,
        all: flags["all"] === true,
        ...(overrides === undefined ? {} : { overrides }),
        ...context.interrupts,
      });
      const report = applyReportOf(result);
      return { kind: "Apply", data: report, text: applyText(report, lookOf(context)), exitCode: result.problem?.exitCode ?? 0, problem: result.problem };
    });
  },
};
