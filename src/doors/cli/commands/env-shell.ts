import { plainShell, type PlainShell } from "../../../workflows/shell/index.ts";
import type { CommandSpec } from "../command.ts";
import { environmentOf, textFlag, withEstate } from "../work.ts";

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

function textOf({ environment, path, variables, missing }: PlainShell): string {
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`);
  const notes = missing.map(
    (name) => `# ${environment} is not a sandbox: set ${name} yourself, as environments/${environment}/environment.ts says under secrets`,
  );
  return [`export PATH=${path.map(quoted).join(":")}:"$PATH"`, ...lines, ...notes].join("\n");
}

export const envShellCommand: CommandSpec = {
  name: "shell",
  summary: 'what plain pulumi needs for an environment, as shell words: eval "$(trueup env shell dev)"; pulumi preview -s dev.machines',
  args: [["[environment]", "folder below environments/"]],
  flags: [
    ["--env <name>", "the environment, instead of the first word"],
    ["--ref <commit>", "as of this commit of the clone (default: HEAD)"],
  ],
  async run(context, args, flags) {
    const environment = environmentOf(args, flags);
    return withEstate(context, async (estate) => {
      const shell = await plainShell(estate, { environment, ref: textFlag(flags, "ref") ?? "HEAD" });
      return { kind: "Shell", data: shell, text: textOf(shell), exitCode: 0 };
    });
  },
};
