import { didYouMean, Problem } from "../../../base/problem/index.ts";
import { bootstrapEstate, type BootstrapRequest } from "../../../workflows/doctor/index.ts";
import { pipelineHosts } from "../../../workflows/pipelines/index.ts";
import type { CommandSpec, Given } from "../command.ts";
import { textFlag, withEstate } from "../work.ts";

type Steps = Awaited<ReturnType<typeof bootstrapEstate>>;

function runByOf(flags: Given): BootstrapRequest["runBy"] {
  const named = textFlag(flags, "ci");
  if (named === undefined) return flags["agent"] === true ? { agent: true } : undefined;
  const usage = (what: string, todo: string): Problem => new Problem("USAGE", { what, on: "--ci", todo });
  if (flags["agent"] === true) throw usage("it is run by CI or by an agent, not by both", "Say --ci or --agent.");
  const ci = pipelineHosts.find((one) => one === named);
  if (ci !== undefined) return { ci, source: textFlag(flags, "trueup") };
  throw usage(`there are no pipelines for "${named}"`, `Use --ci ${pipelineHosts.join(" or --ci ")}.${didYouMean(named, pipelineHosts)}`);
}

function environmentsOf(flags: Given): readonly string[] {
  const named = flags["env"];
  if (Array.isArray(named) && named.length > 0) return named.map(String);
  throw new Problem("USAGE", { what: "no environment was named", on: "the command line", todo: "Name one: trueup bootstrap --env dev" });
}

function textOf(steps: Steps): string {
  return steps.map(({ state, on, step, says, todo }) => `${state.padEnd(5)}  ${on}: ${step}: ${says}${todo === undefined ? "" : ` → ${todo}`}`).join("\n");
}

function problemOf(steps: Steps): Problem | undefined {
  const failed = steps.filter((one) => one.failed === true);
  const [first] = failed;
  if (first === undefined) return undefined;
  return new Problem("SETUP_WRONG", {
    what: `${failed.length === 1 ? "1 step was" : `${failed.length} steps were`} not done: ${first.says}`,
    on: first.on,
    todo: `${first.todo ?? ""} What was done stays done: run the same command again afterwards.`.trim(),
  });
}

export const bootstrapCommand: CommandSpec = {
  name: "bootstrap",
  summary: "make what an environment needs to be run: its branch, its ledger, their protection, CI files; what is there is left as it is",
  flags: [
    ["--env <names...>", "folders below environments/"],
    ["--ci <host>", `write the pipelines: ${pipelineHosts.join(" or ")}`],
    ["--agent", "an agent will run it"],
    ["--trueup <url@commit>", "where jobs get trueup from (default: the repository and commit of this trueup)"],
    ["--dry-run", "only say what would be done"],
  ],
  async run(context, _args, flags) {
    const request = { environments: environmentsOf(flags), runBy: runByOf(flags), dryRun: flags["dryRun"] === true };
    return withEstate(context, async (estate) => {
      const steps = await bootstrapEstate(estate, request);
      const problem = problemOf(steps);
      return { kind: "Bootstrap", data: { dryRun: request.dryRun, steps }, text: textOf(steps), exitCode: problem?.exitCode ?? 0, problem };
    });
  },
};
