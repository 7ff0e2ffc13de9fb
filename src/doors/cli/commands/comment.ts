import { answerComment, commandActions, previewSightings, type Answered } from "../../../workflows/conversation/index.ts";
import { requireForge } from "../../../workflows/estate/index.ts";
import { Problem } from "../../../base/problem/index.ts";
import type { CommandSpec } from "../command.ts";
import { numberFlag, textFlag, withEstate } from "../work.ts";

const wanted = (flag: string): Problem =>
  new Problem("USAGE", { what: `${flag} is missing`, on: "the command line", todo: "Write: trueup comment --pr <number> --comment <id>" });

function toldOf(answered: Answered): string {
  switch (answered.kind) {
    case "ignored":
      return `nothing to do: ${answered.why}`;
    case "elsewhere":
      return `another run began it at ${answered.since}`;
    case "answered":
      return `answered at ${answered.url}`;
  }
}

export const commentCommand: CommandSpec = {
  name: "comment",
  summary: "do what a comment of a pull request asks for, and answer it once",
  flags: [
    ["--pr <number>", "the pull request"],
    ["--comment <id>", "the comment; its text and author are read from the forge"],
  ],
  async run(context, _args, flags) {
    const pullRequest = numberFlag(flags, "pr", 1);
    const comment = textFlag(flags, "comment");
    if (pullRequest === undefined) throw wanted("--pr");
    if (comment === undefined) throw wanted("--comment");
    return withEstate(context, async (estate) => {
      const forge = await requireForge(estate);
      const answered = await answerComment(estate, forge, {
        pullRequest,
        comment,
        actions: commandActions(estate, forge, context.interrupts),
        sightings: async (one) => previewSightings(estate, forge, { pullRequest: one }),
      });
      const text = toldOf(answered);
      return { kind: "Comment", data: answered, text, exitCode: 0 };
    });
  },
};
