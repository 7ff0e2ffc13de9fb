import { readSettings, usage } from "./settings.ts";

/**
 * The program host's entry: `serve`, `language ENGINE`, `dynamic-provider ENGINE`, `launchers DIR` (see settings.ts for the flags).
 * Parts are loaded by need: a dynamic provider needs none of the server.
 */
async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2));
  if (settings === undefined) {
    process.stderr.write(`${usage}\n`);
    process.exitCode = 2;
    return;
  }
  if (settings.mode === "dynamic-provider") {
    const { runDynamicProvider } = await import("./child/dynamic-provider.ts");
    runDynamicProvider();
    return;
  }
  if (settings.mode === "launchers") {
    const { writeLaunchers } = await import("./launchers.ts");
    const { directory, cache, sandbox } = settings;
    writeLaunchers(directory, { node: process.execPath, ...(cache === undefined ? {} : { cache }), ...(sandbox === undefined ? {} : { sandbox }) });
    return;
  }
  const { serve } = await import("./serve.ts");
  await serve(settings);
}

await main();
