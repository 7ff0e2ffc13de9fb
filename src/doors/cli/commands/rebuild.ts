import { Problem } from "../../../base/problem/index.ts";
import { rebuildOverridable } from "../../../domain/gates/index.ts";
import { oneLine, rebuildText, type RebuildReport } from "../../../domain/reports/index.ts";
import { actorOf } from "../../../workflows/estate/index.ts";
import { rebuildEnvironment, type Asked, type RebuildRequest } from "../../../workflows/rebuild/index.ts";
import { askThere, isSomebodyThere } from "../ask.ts";
import type { CommandContext, CommandSpec, Given } from "../command.ts";
import { listed, saidIn } from "../said.ts";
import { environmentOf, lookOf, textFlag, withEstate, type Screen } from "../work.ts";
import { overridesOf } from "./apply.ts";

const mostReason = 300;
const mostName = 100;

function wrong(what: string, on: string, todo: string): Problem {
  return new Problem("USAGE", { what, on, todo: `${todo} Nothing was touched.` });
}

/** One line of words: it stands in the ledger. */
function wordsIn(flags: Given, name: "reason" | "by", most: number): string | undefined {
  const text = textFlag(flags, name);
  if (text === undefined) return undefined;
  const line = oneLine(text, most + 1);
  if (line === "")
    throw wrong(
      `--${name} says nothing`,
      `--${name}`,
      name === "by" ? "Give the name of who asks for it." : 'Say why: --reason "somebody deleted the clusters".',
    );
  if (line.length > most) throw wrong(`--${name} has more than ${most} characters`, `--${name}`, "Say it shorter.");
  return line;
}

/** Nobody's account: the machine that it runs on has no name for who asks. */
const nobody = "someone";

/** The word of somebody who is not at a terminal: with a name and a reason, for the ledger. undefined: a person is asked. */
function wordGiven(context: CommandContext, flags: Given): Asked | undefined {
  const reason = wordsIn(flags, "reason", mostReason);
  const by = wordsIn(flags, "by", mostName);
  if (flags["yes"] !== true) {
    if (by !== undefined) throw wrong("--by goes with --yes: at a terminal it is known who answers", "--by", "Leave it out, or add --yes.");
    return undefined;
  }
  if (flags["dryRun"] === true) throw wrong("--dry-run asks nobody, so there is nothing to say --yes to", "--yes, --dry-run", "Leave one of them out.");
  if (reason === undefined) throw wrong("--yes wants a --reason: it is recorded in the ledger", "--yes", 'Say why: --reason "somebody deleted the clusters".');
  const who = by ?? actorOf(context.machine);
  if (who === nobody) throw wrong("--yes wants to know who says it", "--yes", "Name them: --by ann, or TRUEUP_ACTOR.");
  return { by: who, how: "flag", reason };
}

function refuseUnasked(flags: Given, given: Asked | undefined): void {
  if (given !== undefined || flags["dryRun"] === true || isSomebodyThere()) return;
  throw wrong(
    "a rebuild asks a person once, and there is no terminal to ask at",
    "the command line",
    'Look first: --dry-run. Then say it for them: --yes --by NAME --reason "somebody deleted the clusters".',
  );
}

interface Asking {
  readonly context: CommandContext;
  readonly screen: Screen;
  readonly flags: Given;
  readonly given: Asked | undefined;
}

/** Shows the plan, and asks where nobody has said yes: whoever answers types the environment's name, which no habit does. */
function asking({ context, screen, flags, given }: Asking): (plan: RebuildReport) => Promise<Asked | undefined> {
  return async (plan) => {
    screen.settle();
    context.say(rebuildText(plan, lookOf(context)));
    if (given !== undefined) return given;
    const { environment } = plan;
    const answer = await askThere(
      `This changes the cloud and the state of ${environment}. To do it, type the name of the environment: `,
      context.interrupts.signal,
    );
    if (answer !== environment) return undefined;
    return { by: actorOf(context.machine), how: "terminal", reason: wordsIn(flags, "reason", mostReason) ?? "" };
  };
}

function requestOf(environment: string, flags: Given): Omit<RebuildRequest, "ask"> {
  const from = textFlag(flags, "from");
  const stacks = listed(flags, "stack");
  return {
    environment,
    dryRun: flags["dryRun"] === true,
    said: saidIn(flags),
    gone: listed(flags, "gone"),
    overrides: overridesOf(flags, rebuildOverridable)?.guards ?? [],
    ...(from === undefined ? {} : { from }),
    ...(stacks.length === 0 ? {} : { stacks }),
  };
}

export const rebuildCommand: CommandSpec = {
  name: "rebuild",
  summary: "make what was lost again, from git and what is left: take in what still exists, make the rest in waves, verify; asks a person once",
  args: [["[environment]", "folder below environments/"]],
  flags: [
    ["--env <name>", "the environment, instead of the first word"],
    ["--from <commit>", "from this commit, which was live once; default: each stack at the commit that it was good at last"],
    ["--stack <names...>", "only these stacks"],
    ["--dry-run", "only show the plan"],
    ["--yes", "where nobody is at a terminal: say yes for whoever asks, with --reason"],
    ["--by <name>", "with --yes: who asks for it; default: TRUEUP_ACTOR, or who CI says"],
    ["--reason <text>", "why; recorded in the ledger"],
    ["--exists <urn=id...>", "you looked: this is there, under this id"],
    ["--absent <urn...>", "you looked: this is not there"],
    ["--gone <stacks...>", "you looked: of these stacks nothing is there but what is found"],
    ["--override <guards...>", "let these guards pass, for this rebuild only; recorded with --reason"],
  ],
  async run(context, args, flags) {
    const request = requestOf(environmentOf(args, flags), flags);
    const given = wordGiven(context, flags);
    refuseUnasked(flags, given);
    return withEstate(context, async (estate, screen) => {
      const ask = asking({ context, screen, flags, given });
      const { report, problem } = await rebuildEnvironment(estate, { ...request, ask, ...context.interrupts });
      return { kind: "Rebuild", data: report, text: rebuildText(report, lookOf(context)), exitCode: problem?.exitCode ?? 0, problem };
    });
  },
};
