import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandSpec } from "../command.ts";

export const versionCommand: CommandSpec = {
  name: "version",
  summary: "versions of trueup and of the Node it runs on",
  async run() {
    const manifest = JSON.parse(await readFile(join(import.meta.dirname, "../../../../package.json"), "utf8")) as { version: string };
    const data = { trueup: manifest.version, node: process.version };
    return { kind: "Version", data, text: `trueup ${data.trueup} (node ${data.node})`, exitCode: 0 };
  },
};
