import { once } from "node:events";
import { relative, resolve } from "node:path";
import { Problem } from "../../../base/problem/index.ts";
import { playDemo, playForgeDemo, type DemoResult, type Mutation } from "../../demo/index.ts";
import type { CommandContext, CommandSpec, Given } from "../command.ts";
import { textFlag } from "../work.ts";

const mutations: readonly Mutation[] = ["tamper", "fix", "kill", "bad-service", "healthy", "rebuild"];
const forgeMutations: readonly Mutation[] = ["approval", "fix"];
const hosts = ["github", "gitlab"] as const;
type Host = (typeof hosts)[number];

/** What to try by hand, as commands that work from where the reader stands. */
function goOn(folder: string): string {
  return [
    "Break it yourself:",
    `  cd ${relative(process.cwd(), folder) || "."}`,
    "  alias trueup='node bin/trueup.mjs'",
    "  trueup cloud list",
    "  trueup cloud set podinfo metadata.labels.owner me --type Deployment",
    "  trueup drift dev; trueup drift dev --fix",
    "  trueup status dev; trueup log dev",
  ].join("\n");
}

/** The forge ends with the story: its clone has no remote any more. */
const lookOn = "Look at the pull request, and go on from there: npm run demo -- --forge --keep";

function hostIn(flags: Given): Host | undefined {
  const told = flags["forge"];
  if (told === undefined || told === false) return undefined;
  const host = hosts.find((one) => one === (told === true ? "github" : told));
  if (host !== undefined) return host;
  throw new Problem("USAGE", { what: `there is no stand-in for "${String(told)}"`, on: "--forge", todo: `Use one of ${hosts.join(", ")}.` });
}

function mutationIn(flags: Given, acts: readonly Mutation[]): Mutation | undefined {
  const named = textFlag(flags, "leaveOut");
  const mutation = acts.find((one) => one === named);
  if (named === undefined || mutation !== undefined) return mutation;
  throw new Problem("USAGE", { what: `the demo has no act "${named}"`, on: "--leave-out", todo: `Use one of ${acts.join(", ")}.` });
}

/** Until Ctrl-C: the clone's remote is the forge. */
async function keepUp({ interrupts, say }: CommandContext, { page, folder }: { readonly page: string; readonly folder: string }): Promise<void> {
  say(`\n${goOn(folder)}\n\nThe forge stays up until Ctrl-C. Look at it: ${page}`);
  if (!interrupts.signal.aborted) await once(interrupts.signal, "abort");
}

async function play(context: CommandContext, flags: Given): Promise<DemoResult> {
  const { machine, color, directory } = context;
  const host = hostIn(flags);
  const mutation = mutationIn(flags, host === undefined ? mutations : forgeMutations);
  const engine = machine.variable("TRUEUP_ENGINE");
  if (engine === undefined)
    throw new Problem("ENGINE_MISSING", { what: "the demo was not told where the engine is", on: "this machine", todo: "Start it with: npm run demo" });
  const [folder, opening] = [textFlag(flags, "in"), textFlag(flags, "opening")].map((path) => (path === undefined ? undefined : resolve(directory, path)));
  const tell = (text: string): void => void process.stdout.write(text);
  const options = { machine, engine, interrupts: context.interrupts, mutation, color, tell, ...(folder === undefined ? {} : { folder }) };
  if (host === undefined) return playDemo({ ...options, ...(opening === undefined ? {} : { opening }) });
  return playForgeDemo({ ...options, host, ...(flags["keep"] === true ? { keep: async (kept) => keepUp(context, kept) } : {}) });
}

export const demoCommand: CommandSpec = {
  name: "demo",
  summary: "the main job for real, in two minutes, without an account",
  flags: [
    ["--forge [host]", "a pull request's life instead, on a stand-in for github (default) or gitlab"],
    ["--keep", "with --forge: keep the forge and its page up afterwards, until Ctrl-C"],
    ["--leave-out <act>", `play it wrongly to see that it notices: ${mutations.join(", ")}; with --forge: ${forgeMutations.join(", ")}`],
    ["--in <folder>", "play it there instead of in .trueup/demo; what is there is removed"],
    ["--opening <folder>", "keep the world after the first three acts there, and start from it when it is there"],
  ],
  async run(context, _args, flags) {
    const { assertions, seconds, folder } = await play(context, flags);
    const failed = assertions.filter((one) => !one.holds);
    const verdict =
      failed.length === 0
        ? `${assertions.length} assertions hold`
        : `${failed.length} of ${assertions.length} assertions do not hold: ${failed.map((one) => one.says).join("; ")}`;
    return {
      kind: "Demo",
      data: { assertions, seconds },
      exitCode: failed.length === 0 ? 0 : 1,
      text: [
        `\n${verdict} (${seconds.toFixed(1)} s in all)`,
        ...(flags["keep"] === true ? [] : [`\n${hostIn(flags) === undefined ? goOn(folder) : lookOn}`]),
      ].join("\n"),
    };
  },
};
