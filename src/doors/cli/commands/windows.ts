import { Problem } from "../../../base/problem/index.ts";
import { parseWhen } from "../../../domain/gates/index.ts";
import { windowsText } from "../../../domain/reports/index.ts";
import { environmentWindows } from "../../../workflows/holds/index.ts";
import type { CommandSpec, Given } from "../command.ts";
import { environmentOf, lookOf, textFlag, withEstate } from "../work.ts";

function timeIn(flags: Given): Date | undefined {
  const text = textFlag(flags, "at");
  if (text === undefined) return undefined;
  const when = parseWhen(text);
  if ("at" in when) return when.at;
  throw new Problem("USAGE", { what: when.fault, on: "--at", todo: when.todo });
}

export const windowsCommand: CommandSpec = {
  name: "windows",
  summary: "whether an environment may be applied now, or at another time: by which window or hold, and when that changes",
  args: [["[environment]", "folder below environments/"]],
  flags: [
    ["--env <name>", "the environment, instead of the first word"],
    ["--at <time>", 'another time than now: "2026-11-24 08:00 Europe/Berlin", 2026-11-24T07:00Z'],
  ],
  async run(context, args, flags) {
    const environment = environmentOf(args, flags);
    const at = timeIn(flags);
    return withEstate(context, async (estate) => {
      const report = await environmentWindows(estate, environment, at ?? estate.clock.now());
      return { kind: "Windows", data: report, text: windowsText(report, lookOf(context)), exitCode: 0 };
    });
  },
};
