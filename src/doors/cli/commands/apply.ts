import { applyText } from "../../../domain/reports/index.ts";
import { applyAndTell, environmentsOn } from "../../../workflows/conversation/index.ts";
import { forgeOf, type Estate } from "../../../workflows/estate/index.ts";
import { asProblem, didYouMean, Problem } from "../../../base/problem/index.ts";
import { overridable, refusalKinds } from "../../../domain/gates/index.ts";
import type { CommandContext, CommandResult, CommandSpec, Given } from "../command.ts";
import { reasonIn, wrong } from "../reason.ts";
import { environmentOf, lookOf, numberFlag, textFlag, together, withEstate } from "../work.ts";

/** --override wants words for the record: one without --reason, of a guard that does not exist, or of one that nobody may pass, is wrong usage. */
export function overridesOf(flags: Given, mayPass: readonly string[] = overridable): { guards: readonly string[]; reason: string } | undefined {
  const guards = flags["override"];
  if (!Array.isArray(guards)) return undefined;
  const unknown = guards.find((guard) => !(refusalKinds as readonly string[]).includes(String(guard)));
  if (unknown !== undefined)
    throw new Problem("USAGE", {
      what: `there is no guard "${unknown}"`,
      on: "--override",
      todo: `Guards: ${refusalKinds.join(", ")}.${didYouMean(String(unknown), refusalKinds)}`,
    });
  const firm = guards.find((guard) => !mayPass.includes(String(guard)));
  if (firm !== undefined)
    throw wrong(`nobody may let the guard "${firm}" pass here`, "--override", `What can be let pass: ${mayPass.join(", ")}. Mend what it says instead.`);
  const words = { missing: "--override wants a --reason: it is recorded in the ledger", example: "the old bucket is empty" };
  return { guards: guards.map(String), reason: reasonIn(flags, words) };
}

/** The branch whose environments are applied. Beside an environment it would be guessed which of the two was meant. */
function branchIn(args: readonly string[], flags: Given): string | undefined {
  const branch = textFlag(flags, "branch");
  const named = args[0] ?? textFlag(flags, "env");
  if (branch === undefined || named === undefined) return branch;
  throw wrong(`the environment ${named} and --branch ${branch} are two ways to say what is applied`, "--branch", "Leave one of them out.");
}

type Forge = Parameters<typeof applyAndTell>[1];

/** One environment of several must not keep the others from their turn: what it throws becomes its result. */
async function applyOne(
  estate: Estate,
  forge: Forge,
  one: { readonly request: Parameters<typeof applyAndTell>[2]; readonly context: CommandContext; readonly isAlone: boolean },
): Promise<CommandResult> {
  try {
    const { report, result } = await applyAndTell(estate, forge, one.request);
    return { kind: "Apply", data: report, text: applyText(report, lookOf(one.context)), exitCode: result.problem?.exitCode ?? 0, problem: result.problem };
  } catch (thrown) {
    if (one.isAlone || one.request.signal?.aborted === true) throw thrown;
    const problem = asProblem(thrown, `environment ${one.request.environment}`);
    return { kind: "Apply", data: problem, text: problem.lines.join("\n"), exitCode: problem.exitCode, problem };
  }
}

async function onBranch(estate: Estate, branch: string): Promise<readonly string[]> {
  await estate.repository.fetch();
  return environmentsOn(estate, branch);
}

export const applyCommand: CommandSpec = {
  name: "apply",
  summary: "bring an environment to the head of its branch, in waves; refused as a whole when anything is wrong",
  args: [["[environment]", "folder below environments/"]],
  flags: [
    ["--env <name>", "the environment, instead of the first word"],
    ["--branch <name>", "every environment that lives on this branch, one after another"],
    ["--wait <minutes>", "wait this long for a run that holds the environment (default: not at all)"],
    ["--all", "every stack, not only the affected ones"],
    ["--override <guards...>", "let these guards pass, for this commit only; recorded with --reason"],
    ["--reason <text>", "why"],
  ],
  async run(context, args, flags) {
    const branch = branchIn(args, flags);
    const overrides = overridesOf(flags);
    const minutes = numberFlag(flags, "wait", 0);
    return withEstate(context, async (estate) => {
      const forge = await forgeOf(estate);
      const environments = branch === undefined ? [environmentOf(args, flags)] : await onBranch(estate, branch);
      const results: CommandResult[] = [];
      for (const environment of environments) {
        const request = {
          environment,
          all: flags["all"] === true,
          ...(minutes === undefined ? {} : { waitMs: minutes * 60_000 }),
          ...(overrides === undefined ? {} : { overrides }),
          ...context.interrupts,
        };
        results.push(await applyOne(estate, forge, { request, context, isAlone: environments.length === 1 }));
      }
      return together(results, { kind: "Applies", nothing: `no environment lives on ${branch ?? "it"}` });
    });
  },
};
