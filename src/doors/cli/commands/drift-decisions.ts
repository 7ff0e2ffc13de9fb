import { problemCodes } from "../../../base/problem/index.ts";
import { adoptionText } from "../../../domain/reports/index.ts";
import { afterRun } from "../../../workflows/conversation/index.ts";
import { adoptDrift, ignoreDrift, unignoreDrift, type Ignored } from "../../../workflows/drift/index.ts";
import { forgeOf, type Estate } from "../../../workflows/estate/index.ts";
import type { CommandContext, CommandResult, CommandSpec, Given } from "../command.ts";
import { dateIn, reasonIn, wrong } from "../reason.ts";
import { environmentOf, lookOf, textFlag, withEstate } from "../work.ts";

/** What a decision is about, as flags name it. */
interface About {
  readonly environment: string;
  readonly stack: string;
  readonly urn?: string;
  readonly finding?: string;
  readonly path?: string;
}

function stackIn(flags: Given, environment: string): string {
  const stack = textFlag(flags, "stack");
  if (stack !== undefined) return stack;
  throw wrong("no stack was named", "--stack", `Name one: --stack shop. See them with: trueup drift ${environment}.`);
}

const findingPattern = /^[0-9a-f]{8}$/;

function findingIn(flags: Given): string | undefined {
  const finding = textFlag(flags, "finding");
  if (finding === undefined || findingPattern.test(finding)) return finding;
  throw wrong(`"${finding}" is no id of a finding`, "--finding", "It is the last column of trueup drift, eight characters such as 3fa9c1d2.");
}

/** One finding is named by its urn or by its id; a path narrows it. */
export function aboutIn(args: readonly string[], flags: Given): About {
  const environment = environmentOf(args, flags);
  const stack = stackIn(flags, environment);
  const [urn, finding, path] = [textFlag(flags, "urn"), findingIn(flags), textFlag(flags, "path")];
  if (urn !== undefined && finding !== undefined) throw wrong("--urn and --finding are two names for one thing", "--urn, --finding", "Give one of them.");
  return { environment, stack, ...(urn === undefined ? {} : { urn }), ...(finding === undefined ? {} : { finding }), ...(path === undefined ? {} : { path }) };
}

/** What hides or shows drift is about one resource that somebody has looked at, never about whatever a stack happens to show. */
function oneIn(args: readonly string[], flags: Given): About {
  const about = aboutIn(args, flags);
  if (about.urn !== undefined || about.finding !== undefined) return about;
  const todo = `Name it: --finding with the last column of trueup drift ${about.environment} --stack ${about.stack}, or --urn.`;
  throw wrong("no finding was named: nothing is ignored by the stack", "--finding, --urn", todo);
}

export const aboutFlags = [
  ["--env <name>", "the environment, instead of the first word"],
  ["--stack <name>", "the stack"],
  ["--urn <urn>", "the resource, by its urn"],
  ["--finding <id>", "or by the last column of trueup drift"],
  ["--path <path>", "only this property"],
] as const;

/** Receivers and the drift issue hear of a decision at once, as of what a look writes down. */
export async function tellDecision(estate: Estate, environment: string, { interrupts }: CommandContext): Promise<void> {
  await afterRun(estate, await forgeOf(estate), { environment, drift: true, signal: interrupts.signal });
}

function resultOf(about: About, { rules }: Ignored, words: readonly string[]): CommandResult {
  const paths = rules.map(({ type, name, path }) => `  ${about.stack}  ${type} ${name}  ${path}`);
  return { kind: "Ignore", data: { ...about, rules }, text: [words[0] ?? "", ...paths, ...words.slice(1)].join("\n"), exitCode: 0 };
}

const why = { missing: "it is what everybody reads who looks for the drift", example: "the cost tool writes it until it is retired" };

export const ignoreCommand: CommandSpec = {
  name: "ignore",
  summary: "say that a finding is not ours, until a date; a rule never hides a delete",
  args: [["[environment]", "folder below environments/"]],
  flags: [...aboutFlags, ["--until <date>", "2026-12-01, or a time with its clock; at most 90 days"], ["--reason <text>", "why; recorded in the ledger"]],
  async run(context, args, flags) {
    const about = oneIn(args, flags);
    const reason = reasonIn(flags, why);
    const text = textFlag(flags, "until");
    if (text === undefined) throw wrong("no end was given: what nobody remembers would be hidden for ever", "--until", "Give one: --until 2026-12-01.");
    const until = dateIn(text);
    return withEstate(context, async (estate) => {
      const ignored = await ignoreDrift(estate, { ...about, reason }, { until, ...context.interrupts });
      await tellDecision(estate, about.environment, context);
      const end = `${until.toISOString().slice(0, 16)}Z`;
      return resultOf(about, ignored, [
        `ignored until ${end}, by ${ignored.rules[0]?.by ?? ""}: ${reason}`,
        `afterwards it counts again; earlier: trueup drift unignore ${about.environment} --stack ${about.stack} ${about.urn === undefined ? `--finding ${about.finding ?? ""}` : `--urn '${about.urn}'`} --reason "…"`,
      ]);
    });
  },
};

export const unignoreCommand: CommandSpec = {
  name: "unignore",
  summary: "take such a rule away again, also one that is over",
  args: [["[environment]", "folder below environments/"]],
  flags: [...aboutFlags, ["--reason <text>", "why; recorded in the ledger"]],
  async run(context, args, flags) {
    const about = oneIn(args, flags);
    const reason = reasonIn(flags, { ...why, example: "the cost tool is gone" });
    return withEstate(context, async (estate) => {
      const ignored = await unignoreDrift(estate, { ...about, reason });
      return resultOf(about, ignored, [`no longer ignored (${reason}); it counts from the next look on`]);
    });
  },
};

export const adoptCommand: CommandSpec = {
  name: "adopt",
  summary: "keep what is live: write it into values.json or the stack's config, on a branch with a pull request; or say what to edit",
  args: [["[environment]", "folder below environments/"]],
  flags: aboutFlags,
  async run(context, args, flags) {
    const about = aboutIn(args, flags);
    return withEstate(context, async (estate) => {
      const adoption = await adoptDrift(estate, about, context.interrupts);
      const exitCode = adoption.left.length === 0 ? 0 : problemCodes.CHANGES_FOUND.exit;
      const { problem } = adoption;
      return { kind: "Adoption", data: adoption, text: adoptionText(adoption, lookOf(context)), exitCode: problem?.exitCode ?? exitCode, problem };
    });
  },
};
