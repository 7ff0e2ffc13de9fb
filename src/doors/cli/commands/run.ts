import { Problem } from "../../../base/problem/index.ts";
import { actorOf, ledgerOf } from "../../../workflows/estate/index.ts";
import type { CommandSpec } from "../command.ts";
import { reasonIn } from "../reason.ts";
import { environmentOf, textFlag, withEstate } from "../work.ts";

export const runCommand: CommandSpec = {
  name: "run",
  summary: "the runs of an environment",
  subcommands: [
    {
      name: "cancel",
      summary: "take the lease away from a run that you know is dead; it stops nobody",
      args: [["<run>", "as the ledger and LEASE_HELD name it"]],
      flags: [
        ["--env <name>", "the environment"],
        ["--reason <text>", "how you know"],
      ],
      async run(context, [run = ""], flags) {
        const environment = environmentOf([], flags);
        const words = { missing: "one that is given says how you know that it is dead", example: "its machine was switched off" };
        const reason = textFlag(flags, "reason") === undefined ? "it is dead" : reasonIn(flags, words);
        return withEstate(context, async (estate) => {
          await estate.repository.fetch();
          const done = await (await ledgerOf(estate, environment)).cancelLease(run, { by: actorOf(context.machine), reason });
          if (done) return { kind: "Run", data: { run, cancelled: true }, text: `run ${run} no longer holds the lease of ${environment}`, exitCode: 0 };
          throw new Problem("USAGE", {
            what: `run ${run} does not hold the lease`,
            on: `environment ${environment}`,
            todo: `See who does: trueup status ${environment}`,
          });
        });
      },
    },
  ],
};
