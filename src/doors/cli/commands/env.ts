import { describeEnvironments } from "../../../workflows/status/index.ts";
import type { CommandSpec } from "../command.ts";
import { textFlag, withEstate } from "../work.ts";
import { envShellCommand } from "./env-shell.ts";

export const envCommand: CommandSpec = {
  name: "env",
  summary: "the environments of this repository",
  subcommands: [
    {
      name: "list",
      summary: "name, branch, cloud and stacks of every environment, also of removed ones that are live",
      flags: [["--ref <commit>", "as of this commit of the clone (default: HEAD)"]],
      async run(context, _args, flags) {
        return withEstate(context, async (estate) => {
          const found = await describeEnvironments(estate, textFlag(flags, "ref") ?? "HEAD");
          const lines = found.map(
            (one) =>
              `${one.name}  ${one.branch}  ${one.cloud}  ${one.stacks.join(", ")}${one.removed === undefined ? "" : `  removed: ${one.removed.resources} resources are live`}`,
          );
          return {
            kind: "Environments",
            data: found,
            text: lines.length === 0 ? "no environments: make environments/<name>/environment.ts" : lines.join("\n"),
            exitCode: 0,
          };
        });
      },
    },
    envShellCommand,
  ],
};
