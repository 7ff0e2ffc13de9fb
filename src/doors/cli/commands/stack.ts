import { describeStacks, type StackFacts } from "../../../workflows/status/index.ts";
import type { CommandSpec } from "../command.ts";
import { environmentOf, withEstate } from "../work.ts";

interface Shown {
  readonly name: string;
  readonly summary: string;
  readonly kind: string;
  readonly line: (stack: StackFacts) => string;
}

/** One way to tell the stacks of an environment: one line each. */
function telling({ name, summary, kind, line }: Shown): CommandSpec {
  return {
    name,
    summary,
    args: [["[environment]", "folder below environments/"]],
    flags: [["--env <name>", "the environment, instead of the first word"]],
    async run(context, args, given) {
      const environment = environmentOf(args, given);
      return withEstate(context, async (estate) => {
        const stacks = await describeStacks(estate, environment, undefined);
        return { kind, data: stacks, text: stacks.map(line).join("\n"), exitCode: 0 };
      });
    },
  };
}

export const stackCommand: CommandSpec = {
  name: "stack",
  summary: "the stacks of an environment",
  subcommands: [
    telling({
      name: "list",
      summary: "stacks in the order in which they are applied",
      kind: "Stacks",
      line: (one) => `${one.layer.padEnd(9)} ${one.pulumiStack}  ${one.path}`,
    }),
    telling({
      name: "graph",
      summary: "which stack reads or depends on which",
      kind: "Graph",
      line: (one) => `${one.name}${one.upstream.length === 0 ? "" : ` ← ${one.upstream.join(", ")}`}`,
    }),
  ],
};
