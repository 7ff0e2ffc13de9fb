import { Problem } from "../../../base/problem/index.ts";
import { statsDefinitions, type DeliveryStats } from "../../../domain/audit/index.ts";
import { statsText } from "../../../domain/reports/index.ts";
import { environmentStats } from "../../../workflows/audit/index.ts";
import type { CommandSpec } from "../command.ts";
import { spanFlags, spanOf } from "../span.ts";
import { lookOf, textFlag, withEstate } from "../work.ts";

const usualMs = 30 * 86_400_000;

export const statsCommand: CommandSpec = {
  name: "stats",
  summary: "deployment frequency, lead time, failure rate and time to restore of environments, from their ledgers (the last 30 days)",
  args: [["[environments...]", "folders below environments/"]],
  flags: [["--env <name>", "one more environment"], ...spanFlags],
  async run(context, args, flags) {
    const env = textFlag(flags, "env");
    const environments = [...new Set([...args, ...(env === undefined ? [] : [env])])];
    if (environments.length === 0) {
      throw new Problem("USAGE", {
        what: "no environment was named",
        on: "the command line",
        todo: "Name one or more: trueup stats dev prod. See them with: trueup env list",
      });
    }
    const span = spanOf(flags, { nowMs: Date.now(), usualMs });
    return withEstate(context, async (estate) => {
      const all: DeliveryStats[] = [];
      for (const environment of environments) all.push(await environmentStats(estate, environment, span));
      return { kind: "Stats", data: { environments: all, definitions: statsDefinitions }, text: statsText(all, lookOf(context)), exitCode: 0 };
    });
  },
};
