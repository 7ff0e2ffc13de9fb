import { writeSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { installCompiler } from "./compiler.ts";
import { entryOf, load } from "./entry.ts";
import { guardErrors } from "./errors.ts";
import { openSdk } from "./sdk.ts";

/** The code by which Node itself says "an await that nothing settles". */
const stuckExit = 13;

/**
 * Runs one Pulumi program in this process, as the SDK's own `cmd/run` does but without ts-node, tracing and the inspector:
 * argv is `--cache DIR --tsconfig FILE --program ENTRY`, everything else is in the environment that the SDK itself reads.
 * The working directory is the program's.
 */
async function main(): Promise<void> {
  const [, , , cache = "", , tsconfig = "tsconfig.json", , program = "."] = process.argv;
  const require = createRequire(join(process.cwd(), "program.js"));
  const sdk = openSdk(require);
  const guard = guardErrors(sdk, program);
  installCompiler({ cache, tsconfig });
  const entry = entryOf(program);
  process.argv = [process.argv[0] ?? "node", process.argv[1] ?? "program"];
  let [drained, finished] = [false, false];
  process.once("beforeExit", () => {
    drained = true;
  });
  process.on("exit", (code) => {
    sdk.settings.disconnectSync();
    // Nothing is left to do and yet the program is not through: it waits for a promise that nobody will settle.
    if (code === 0 && drained && !finished && (process.exitCode ?? 0) === 0) process.exitCode = stuckExit;
  });
  guard.programStarts();
  await sdk.stack.runInPulumiStack(async () => {
    const exported = await load(entry, require);
    return await (typeof exported === "function" ? (exported as () => unknown)() : exported);
  });
  finished = true;
  guard.onDrained(async () => {
    await sdk.settings.signalAndWaitForShutdown?.();
    writeSync(3, "complete");
  });
}

// Not awaited: at the top level Node would have words of its own for a program that never gets through.
void main();
