import { Problem, problemCodes } from "../../../base/problem/index.ts";
import { rollbackText, rolledBackText } from "../../../domain/reports/index.ts";
import { afterRun } from "../../../workflows/conversation/index.ts";
import { actorOf, forgeOf } from "../../../workflows/estate/index.ts";
import { rollBackNow, type NowAsked } from "../../../workflows/rollback/index.ts";
import { proposeRollback, type RollbackAsked } from "../../../workflows/write-back/index.ts";
import type { CommandContext, CommandResult, CommandSpec, Given } from "../command.ts";
import { overridesOf } from "./apply.ts";
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

/** Acts first; what is taken back is then taken out of the branch too, as the environment's rules say. */
async function atOnce(context: CommandContext, asked: RollbackAsked, overrides: NowAsked["overrides"]): Promise<CommandResult> {
  const { environment, commits, stacks, reason, by } = asked;
  if (reason === "") throw wrong("--now wants a reason: it is recorded in the ledger", "--reason", 'Say why: --reason "checkout answers 500 since 14:02".');
  if (commits.length > 0)
    throw wrong("--now takes stacks back to where they were good before, and knows no commits", "--commit", "Name them by --stack, or leave both out.");
  return withEstate(context, async (estate) => {
    const done = await rollBackNow(estate, { environment, stacks, reason, by, ...(overrides === undefined ? {} : { overrides }), ...context.interrupts });
    await afterRun(estate, await forgeOf(estate), { environment, drift: false });
    const frozen = done.some(({ back }) => back.state === "frozen");
    const units = done.map(({ back, veto }) => ({
      state: back.state,
      reason: veto.reason,
      ...(back.passes === undefined ? {} : { passes: back.passes }),
      stacks: back.stacks.map(({ target, problem }) => ({
        stack: target.stack,
        commit: target.commit,
        ...(problem === undefined ? {} : { what: problem.what }),
      })),
    }));
    const report = { environment, units };
    return { kind: "RolledBack", data: report, text: rolledBackText(report, lookOf(context)), exitCode: frozen ? problemCodes.ROLLBACK_FAILED.exit : 0 };
  });
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
    ["--now", "break-glass: take it back at once, and propose the revert afterwards; wants a --reason"],
    ["--override <guards...>", "with --now: let a closed window for rollbacks pass (the guard window), for this once; recorded with --reason"],
  ],
  async run(context, args, flags) {
    const asked = askedIn(context, args, flags);
    if (flags["now"] === true) return atOnce(context, asked, overridesOf(flags, ["window"]));
    if (flags["override"] !== undefined)
      throw wrong("--override is for what is taken back at once", "--override", "Add --now; a proposed revert is judged when somebody merges it.");
    return withEstate(context, async (estate) => {
      const report = await proposeRollback(estate, asked);
      return { kind: "Rollback", data: report, text: rollbackText(report, lookOf(context)), exitCode: 0 };
    });
  },
};
