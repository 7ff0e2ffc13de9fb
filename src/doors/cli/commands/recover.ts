import { Problem } from "../../../base/problem/index.ts";
import { recoveryText } from "../../../domain/reports/index.ts";
import { recoverEnvironment, recoveryReportOf } from "../../../workflows/recovery/index.ts";
import type { CommandSpec, Given } from "../command.ts";
import { environmentOf, lookOf, withEstate } from "../work.ts";

type Said = Parameters<typeof recoverEnvironment>[1]["said"];

function listed(flags: Given, name: string): readonly string[] {
  const value = flags[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** `--exists urn=id` and `--absent urn`: an id may hold `=`, a urn does not. */
function saidIn(flags: Given): Said {
  const said = new Map<string, { readonly id: string } | "absent">(listed(flags, "absent").map((urn) => [urn, "absent"]));
  for (const word of listed(flags, "exists")) {
    const at = word.indexOf("=");
    const [urn, id] = [word.slice(0, at), word.slice(at + 1)];
    if (at < 1 || id === "" || said.has(urn))
      throw new Problem("USAGE", {
        what: said.has(urn) ? `of ${urn} two things are said` : `"${word}" is not URN=ID`,
        on: "--exists",
        todo: "Say for each operation either --exists 'URN=ID' or --absent 'URN'.",
      });
    said.set(urn, { id });
  }
  return said;
}

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
    ["--exists <urn=id...>", "you looked: what this operation was to create exists, under this id"],
    ["--absent <urn...>", "you looked: what this operation was to create does not exist"],
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
