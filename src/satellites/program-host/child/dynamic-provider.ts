import { createRequire } from "node:module";
import { join } from "node:path";

const parentCheckMs = 500;

/**
 * Serves the dynamic resources of the program whose folder this is: the SDK's own server, found from that folder.
 * argv already is what the engine gave; ends with the engine.
 */
export function runDynamicProvider(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, parentCheckMs).unref();
  process.argv.splice(2, 1);
  createRequire(join(process.cwd(), "program.js"))("@pulumi/pulumi/cmd/dynamic-provider");
}
