import { statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const byOutput: Readonly<Record<string, readonly string[]>> = { ".js": [".ts", ".tsx"], ".mjs": [".mts"], ".cjs": [".cts"], ".jsx": [".tsx"] };
const endings = [".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs", ".json"];

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * The file that a path which Node does not find was meant for: `./x.js` for x.ts, `./x` for x.ts, `./folder` for its index.
 * Undefined when there is none either.
 */
export function substitutes(specifier: string, parent: string | undefined): string | undefined {
  const path = specifier.startsWith("file:")
    ? fileURLToPath(specifier)
    : resolve(parent?.startsWith("file:") === true ? dirname(fileURLToPath(parent)) : process.cwd(), specifier);
  const written = /\.[mc]?jsx?$/.exec(path)?.[0];
  const asSource = written === undefined ? [] : (byOutput[written] ?? []).map((ending) => path.slice(0, -written.length) + ending);
  const candidates = [...asSource, ...endings.map((ending) => path + ending), ...endings.map((ending) => join(path, `index${ending}`))];
  return candidates.find(isFile);
}
