import { createRequire } from "node:module";
import { join } from "node:path";
import { inspect } from "node:util";
import { installCompiler } from "./compiler.ts";
import { entryOf, load } from "./entry.ts";

/**
 * Serves a policy pack: loading it starts its server, which prints its port. argv is `--cache DIR --tsconfig FILE --program ENTRY`,
 * the working directory is the pack's folder.
 */
async function main(): Promise<void> {
  const [, , , cache = "", , tsconfig = "tsconfig.json", , program = "."] = process.argv;
  const failed = (error: unknown): void => {
    process.stderr.write(`Running policy pack '${program}' failed with an unhandled exception:\n${inspect(error)}\n`);
    process.exitCode = 1;
  };
  process.on("uncaughtException", failed);
  process.on("unhandledRejection", failed);
  installCompiler({ cache, tsconfig });
  const entry = entryOf(program);
  process.argv = [process.argv[0] ?? "node", process.argv[1] ?? "pack"];
  const exported = await load(entry, createRequire(join(process.cwd(), "pack.js")));
  if (typeof exported === "function") await (exported as () => unknown)();
}

await main();
