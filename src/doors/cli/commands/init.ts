import { didYouMean, Problem } from "../../../base/problem/index.ts";
import { pipelineHosts, writePipelines, type PipelineHost, type WrittenPipelines } from "../../../workflows/pipelines/index.ts";
import type { CommandSpec, Given } from "../command.ts";
import { textFlag, withEstate } from "../work.ts";

function hostOf(flags: Given): PipelineHost {
  const named = textFlag(flags, "ci");
  const host = pipelineHosts.find((one) => one === named);
  if (host !== undefined) return host;
  throw new Problem("USAGE", {
    what: named === undefined ? "what should be set up was not said" : `there are no pipelines for "${named}"`,
    on: "--ci",
    todo: `Use --ci ${pipelineHosts.join(" or --ci ")}.${named === undefined ? "" : didYouMean(named, pipelineHosts)}`,
  });
}

function textOf({ files, environments, todo }: WrittenPipelines): string {
  const width = Math.max(...files.map(({ state }) => state.length));
  return [
    ...files.map(({ path, state }) => `${state.padEnd(width)}  ${path}`),
    "",
    `For ${environments.join(", ")}. Still to be done by a person:`,
    ...todo.map((one, index) => `${index + 1}. ${one}`),
  ].join("\n");
}

export const initCommand: CommandSpec = {
  name: "init",
  summary: "write the pipelines that run trueup in CI into this clone: previews, applies, drift, commands in comments",
  flags: [
    ["--ci <host>", pipelineHosts.join(" or ")],
    ["--trueup <url@commit>", "where jobs get trueup from (default: the repository and commit of this trueup)"],
    ["--force", "also over files that differ"],
  ],
  async run(context, _args, flags) {
    const host = hostOf(flags);
    return withEstate(context, async (estate) => {
      const written = await writePipelines(estate, { host, source: textFlag(flags, "trueup"), force: flags["force"] === true });
      return { kind: "Pipelines", data: written, text: textOf(written), exitCode: 0 };
    });
  },
};
