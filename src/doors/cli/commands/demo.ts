import { relative, resolve } from "node:path";
import { Problem } from "../../../base/problem/index.ts";
import { playDemo, type Mutation } from "../../demo/index.ts";
import type { CommandSpec } from "../command.ts";
import { textFlag } from "../work.ts";

const mutations: readonly Mutation[] = ["tamper", "fix", "bad-service"];

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

export const demoCommand: CommandSpec = {
  name: "demo",
  summary: "the main job for real, in two minutes, without an account",
  flags: [
    ["--leave-out <act>", `play it wrongly to see that it notices: ${mutations.join(", ")}`],
    ["--in <folder>", "play it there instead of in .trueup/demo; what is there is removed"],
    ["--opening <folder>", "keep the world after the first three acts there, and start from it when it is there"],
  ],
  async run(context, _args, flags) {
    const named = textFlag(flags, "leaveOut");
    const mutation = mutations.find((one) => one === named);
    if (named !== undefined && mutation === undefined)
      throw new Problem("USAGE", { what: `the demo has no act "${named}"`, on: "--leave-out", todo: `Use one of ${mutations.join(", ")}.` });
    const engine = context.machine.variable("TRUEUP_ENGINE");
    if (engine === undefined)
      throw new Problem("ENGINE_MISSING", { what: "the demo was not told where the engine is", on: "this machine", todo: "Start it with: npm run demo" });
    const [place, opening] = [textFlag(flags, "in"), textFlag(flags, "opening")].map((path) =>
      path === undefined ? undefined : resolve(context.directory, path),
    );
    const { assertions, seconds, folder } = await playDemo({
      machine: context.machine,
      engine,
      mutation,
      color: context.color,
      tell: (text) => void process.stdout.write(text),
      ...(place === undefined ? {} : { folder: place }),
      ...(opening === undefined ? {} : { opening }),
    });
    const failed = assertions.filter((one) => !one.holds);
    const verdict =
      failed.length === 0
        ? `${assertions.length} assertions hold`
        : `${failed.length} of ${assertions.length} assertions do not hold: ${failed.map((one) => one.says).join("; ")}`;
    return {
      kind: "Demo",
      data: { assertions, seconds },
      exitCode: failed.length === 0 ? 0 : 1,
      text: `\n${verdict} (${seconds.toFixed(1)} s in all)\n\n${goOn(folder)}`,
    };
  },
};
