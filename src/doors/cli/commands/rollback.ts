import { Problem } from "../../../base/problem/index.ts";
import { rollbackText } from "../../../domain/reports/index.ts";
import { actorOf } from "../../../workflows/estate/index.ts";
import { proposeRollback, type RollbackAsked } from "../../../workflows/write-back/index.ts";
import type { CommandContext, CommandSpec, Given } from "../command.ts";
import { environmentOf, lookOf, textFlag, withEstate } from "../work.ts";

const mostReason = 300;

function wrong(what: string, on: string, todo: string): Problem {
  return new Problem("USAGE", { what, on, todo: `${todo} Nothing was changed.` });
}

function listed(flags: Given, name: string): readonly string[] {
  const value = flags[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** Not needed: the pull request is where it is argued about. */
function reasonIn(flags: Given): string {
  const reason = (textFlag(flags, "reason") ?? "").replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  if (reason.length > mostReason) throw wrong(`the reason has ${reason.length} characters, ${mostReason} at most`, "--reason", "Say it shorter.");
  return reason;
}

function askedIn({ machine }: CommandContext, args: readonly string[], flags: Given): RollbackAsked {
  const [commits, stacks] = [listed(flags, "commit"), listed(flags, "stack")];
  if (commits.length > 0 && stacks.length > 0)
    throw wrong(
      "--commit and --stack are two ways to say what is taken back",
      "--commit, --stack",
      "A commit is taken back as a whole: leave out --stack; or leave out --commit, for what changed the stack last.",
    );
  return { environment: environmentOf(args, flags), commits, stacks, reason: reasonIn(flags), by: actorOf(machine) };
}

export const rollbackCommand: CommandSpec = {
  name: "rollback",
  summary: "propose to take back what changed an environment last: opens a pull request that reverts it",
  args: [["[environment]", "folder below environments/"]],
  flags: [
    ["--env <name>", "the environment, instead of the first word"],
    ["--commit <sha...>", "what to take back, instead of what brought what is live: commits of the environment's branch"],
    ["--stack <name...>", "what changed these stacks last"],
    ["--reason <text>", "why; stands in the pull request and in the ledger"],
  ],
  async run(context, args, flags) {
    const asked = askedIn(context, args, flags);
    return withEstate(context, async (estate) => {
      const report = await proposeRollback(estate, asked);
      return { kind: "Rollback", data: report, text: rollbackText(report, lookOf(context)), exitCode: 0 };
    });
  },
};
