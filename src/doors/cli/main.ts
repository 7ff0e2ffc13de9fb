import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { thisMachine } from "../../base/process/index.ts";
import { listenForInterrupts } from "./interrupts.ts";
import { threeLines } from "./three-lines.ts";
import { watchForStrays } from "./strays.ts";

// First of all, and with nothing of node_modules: loading the commands takes long enough for a person to change their mind.
const argv = process.argv.slice(2);
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const { interrupts, stop, kill } = listenForInterrupts(say);
const strays = watchForStrays({ command: ["trueup", ...argv].join(" "), say, stop, kill });

async function run(): Promise<number> {
  // Most of a short command is compiling trueup's own modules: V8 keeps that between runs.
  enableCompileCache(join(thisMachine().cache, "programs", "v8"));
  const { runCommandLine } = await import("./command-line.ts");
  return runCommandLine(argv, { interrupts, strays, say });
}

async function main(): Promise<void> {
  try {
    const exitCode = await run();
    strays.over();
    // Everything is closed by now; a handle that somebody forgot must not keep the command alive. Pipes are emptied first.
    process.stdout.write("", () => process.exit(exitCode));
  } catch (thrown) {
    const problem = strays.problemOf(thrown);
    strays.over();
    say(threeLines(problem));
    process.exit(problem.exitCode);
  }
}

void main();
