import { isChanged, previewComment, previewText, commentLimits } from "../../../domain/reports/index.ts";
import { previewEnvironment, previewReport } from "../../../workflows/preview/index.ts";
import { problemCodes } from "../../../base/problem/index.ts";
import type { CommandSpec } from "../command.ts";
import { environmentOf, lookOf, textFlag, withEstate } from "../work.ts";

export const previewCommand: CommandSpec = {
  name: "preview",
  summary: "what merging a commit into an environment's branch would do; changes nothing",
  args: [["[environment]", "folder below environments/"]],
  flags: [
    ["--env <name>", "the environment, instead of the first word"],
    ["--ref <commit>", "commit or branch to preview (default: HEAD of this clone)"],
    ["--all", "every stack, not only the affected ones"],
    ["--comment", "print the pull-request comment as Markdown"],
    ["--expect-no-changes", "exit 7 when anything would change"],
  ],
  async run(context, args, flags) {
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
