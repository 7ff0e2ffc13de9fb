import { parseArgs } from "node:util";
import { openBacking } from "./server/backing.ts";
import { openConsole } from "./server/console.ts";
import { endWithParent } from "./server/lifetime.ts";
import { listen } from "./server/listen.ts";

const usage = `usage: main.ts serve --store DIR --sdk NODE_MODULES [--cache DIR]
       main.ts plugin NAME [VERSION] --store DIR --sdk NODE_MODULES [--cache DIR] ENGINE_ADDRESS`;

function options(): { readonly words: readonly string[]; readonly store: string; readonly sdk: string; readonly cache: string | undefined } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    strict: false,
    options: { store: { type: "string" }, sdk: { type: "string" }, cache: { type: "string" } },
  });
  const { store, sdk, cache } = values;
  if (typeof store !== "string" || typeof sdk !== "string") throw new Error(usage);
  return { words: positionals, store, sdk, cache: typeof cache === "string" ? cache : undefined };
}

async function serve(): Promise<void> {
  const { store, sdk, cache } = options();
  const backing = openBacking({ store, sdk, cache });
  const server = await listen({ backing });
  const console = await openConsole(backing.objects);
  process.stdout.write(`${JSON.stringify({ port: server.port, console: console.port })}\n`);
  endWithParent(
    async () => {
      console.close();
      await server.close();
    },
    { stdin: true },
  );
}

async function plugin(): Promise<void> {
  const { words, store, sdk, cache } = options();
  const backing = openBacking({ store, sdk, cache });
  const [, name = ""] = words;
  const version = words[2] !== undefined && /^\d+\.\d+/.test(words[2]) && !words[2].includes(":") ? words[2] : backing.catalog.version(name);
  const server = await listen({ backing, package: name, ...(version === undefined ? {} : { version }) });
  process.stdout.write(`${server.port}\n`);
  endWithParent(() => server.close(), { stdin: false });
}

const commands: Readonly<Record<string, () => Promise<void>>> = { serve, plugin };

try {
  const command = commands[process.argv[2] ?? ""];
  if (command === undefined) throw new Error(usage);
  await command();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
