import { describeStacks } from "../../../workflows/status/index.ts";
import type { CommandSpec } from "../command.ts";
import { environmentOf, withEstate } from "../work.ts";

const flags = [["--env <name>", "the environment, instead of the first word"]] as const;

export const stackCommand: CommandSpec = {
  name: "stack",
  summary: "the stacks of an environment",
  subcommands: [
    {
      name: "list",
      summary: "stacks in the order in which they are applied",
      args: [["[environment]", "folder below environments/"]],
      flags,
      async run(context, args, given) {
        const environment = environmentOf(args, given);
        return withEstate(context, async (estate) => {
          const stacks = await describeStacks(estate, environment, undefined);
          return { kind: "Stacks", data: stacks, text: stacks.map((one) => `${one.layer.padEnd(9)} ${one.pulumiStack}  ${one.path}`).join("\n"), exitCode: 0 };
        });
      },
    },
    {
      name: "graph",
      summary: "which stack reads or depends on which",
      args: [["[environment]", "folder below environments/"]],
      flags,
      async run(context, args, given) {
        const environment = environmentOf(args, given);
        return withEstate(context, async (estate) => {
          const stacks = await describeStacks(estate, environment, undefined);
          return {
            kind: "Graph",
            data: stacks,
            text: stacks.map((one) => `${one.name}${one.upstream.length === 0 ? "" : ` ← ${one.upstream.join(", ")}`}`).join("\n"),
            exitCode: 0,
          };
        });
      },
    },
  ],
};
