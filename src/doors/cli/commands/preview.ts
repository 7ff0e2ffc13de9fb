import { isChanged, previewComment, previewText, commentLimits } from "../../../domain/reports/index.ts";
import { previewEnvironment, previewReport } from "../../../workflows/preview/index.ts";
import { publishPreviews } from "../../../workflows/conversation/index.ts";
import { requireForge } from "../../../workflows/estate/index.ts";
import { Problem, problemCodes } from "../../../base/problem/index.ts";
import type { CommandContext, CommandResult, CommandSpec, Given } from "../command.ts";
import { environmentOf, lookOf, numberFlag, textFlag, withEstate } from "../work.ts";

/** The same preview for every environment of the pull request's base branch, told on the forge. */
async function publish(
  context: CommandContext,
  asked: { readonly number: number; readonly args: readonly string[]; readonly flags: Given },
): Promise<CommandResult> {
  const { number, args, flags } = asked;
  if (args[0] !== undefined || flags["env"] !== undefined)
    throw new Problem("USAGE", {
      what: "--pr previews every environment of the pull request's base branch: one alone cannot be named",
      on: "the command line",
      todo: `Write: trueup preview --pr ${number}`,
    });
  return withEstate(context, async (estate) => {
    const forge = await requireForge(estate);
    const published = await publishPreviews(estate, forge, {
      number,
      all: flags["all"] === true,
      ...context.interrupts,
    });
    const told = published.comment === undefined ? "" : `\ntold at ${published.comment}\n`;
    const text =
      published.reports.length === 0
        ? `no environment lives on ${published.pullRequest.base}`
        : published.reports.map((report) => previewText(report, lookOf(context))).join("\n");
    return { kind: "Previews", data: published.reports, text: `${text}${told}`, exitCode: published.problem?.exitCode ?? 0, problem: published.problem };
  });
}

export const previewCommand: CommandSpec = {
  name: "preview",
  summary: "what merging a commit into an environment's branch would do; changes nothing",
  args: [["[environment]", "folder below environments/"]],
  flags: [
    ["--env <name>", "the environment, instead of the first word"],
    ["--ref <commit>", "commit or branch to preview (default: HEAD of this clone)"],
    ["--all", "every stack, not only the affected ones"],
    ["--comment", "print the pull-request comment as Markdown"],
    ["--pr <number>", "preview this pull request into the environments of its base branch, and tell it there"],
    ["--expect-no-changes", "exit 7 when anything would change"],
  ],
  async run(context, args, flags) {
    const number = numberFlag(flags, "pr", 1);
    if (number !== undefined) return publish(context, { number, args, flags });
    const environment = environmentOf(args, flags);
    return withEstate(context, async (estate) => {
      const preview = await previewEnvironment(estate, {
        environment,
        ref: textFlag(flags, "ref") ?? "HEAD",
        all: flags["all"] === true,
        ...context.interrupts,
      });
      const report = previewReport(preview, estate.clock.now());
      const text =
        flags["comment"] === true
          ? previewComment({ marker: `preview:${environment}`, reports: [report] }, commentLimits.github)
          : previewText(report, lookOf(context));
      const failure = preview.verdict.problem;
      const unexpected = flags["expectNoChanges"] === true && report.stacks.some(isChanged);
      return { kind: "Preview", data: report, text, exitCode: failure?.exitCode ?? (unexpected ? problemCodes.CHANGES_FOUND.exit : 0), problem: failure };
    });
  },
};
