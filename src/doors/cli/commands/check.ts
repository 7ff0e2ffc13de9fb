import { problemCodes } from "../../../base/problem/index.ts";
import { checkEstate, type CheckReport } from "../../../workflows/check/index.ts";
import type { CommandSpec } from "../command.ts";
import { textFlag, withEstate } from "../work.ts";

function textOf({ commit, environments, findings }: CheckReport): string {
  const errors = findings.filter(({ level }) => level === "error").length;
  const looked = environments.map(({ name, stacks }) => `${name} (${stacks} stacks)`).join(", ");
  const lines = findings.map(({ level, at, what, todo }) => `${level.padEnd(7)} ${at}: ${what}\n        ${todo}`);
  return [...lines, `${commit.slice(0, 7)}: ${looked === "" ? "no environments" : looked}: ${errors} errors, ${findings.length - errors} warnings`].join("\n");
}

export const checkCommand: CommandSpec = {
  name: "check",
  summary: "environment files, stacks, config links and programs of a commit, without running anything",
  args: [["[environment]", "folder below environments/ (default: all)"]],
  flags: [["--ref <commit>", "as of this commit of the clone (default: HEAD)"]],
  async run(context, [environment], flags) {
    return withEstate(context, async (estate) => {
      const report = await checkEstate(estate, { ref: textFlag(flags, "ref") ?? "HEAD", only: environment });
      const failed = report.findings.some(({ level }) => level === "error");
      return { kind: "Check", data: report, text: textOf(report), exitCode: failed ? problemCodes.CONFIG_INVALID.exit : 0 };
    });
  },
};
