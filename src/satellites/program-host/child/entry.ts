import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** A program as Node will load it. */
export interface Entry {
  readonly path: string;
  readonly module: boolean;
}

interface Manifest {
  readonly type?: string;
  readonly main?: string;
  readonly exports?: unknown;
}

const indexNames = ["index.js", "index.mjs", "index.ts", "index.mts", "index.cjs", "index.cts"];

function nearestManifest(from: string): { folder: string; manifest: Manifest } {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, "package.json");
    if (existsSync(path)) return { folder, manifest: JSON.parse(readFileSync(path, "utf8")) as Manifest };
    if (dirname(folder) === folder) return { folder: from, manifest: {} };
  }
}

/** `exports` as a string, or its "." by the conditions that the SDK's shim knows. */
function exportedMain(manifest: Manifest): string | undefined {
  const { exports } = manifest;
  if (typeof exports === "string") return exports;
  if (typeof exports !== "object" || exports === null) return manifest.main;
  const main: unknown = (exports as Record<string, unknown>)["."];
  if (typeof main === "string") return main;
  if (typeof main !== "object" || main === null) return undefined;
  const conditions = main as Record<string, unknown>;
  const chosen = conditions["default"] ?? conditions["require"] ?? conditions["import"];
  return typeof chosen === "string" ? chosen : undefined;
}

function indexOf(folder: string): string {
  const name = indexNames.find((candidate) => existsSync(join(folder, candidate)));
  if (name === undefined) throw new Error(`no program in ${folder}: none of ${indexNames.join(", ")} is there, and package.json names no "main"`);
  return join(folder, name);
}

/**
 * The file that `program` means, seen from the working directory: a file, a folder with an index, or "." for what
 * package.json's `exports` or `main` name and else the folder's index. Throws when there is none.
 */
export function entryOf(program: string): Entry {
  let path = resolve(program);
  if (program === ".") {
    const { folder, manifest } = nearestManifest(path);
    const main = exportedMain(manifest);
    if (main !== undefined && existsSync(join(folder, main))) path = join(folder, main);
  }
  const withExtension = [path, `${path}.ts`, `${path}.js`].find((candidate) => existsSync(candidate));
  if (withExtension === undefined) throw new Error(`the program ${path} does not exist`);
  path = realpathSync(statSync(withExtension).isDirectory() ? indexOf(withExtension) : withExtension);
  const extension = extname(path);
  const module = extension.startsWith(".m") || (!extension.startsWith(".c") && nearestManifest(dirname(path)).manifest.type === "module");
  return { path, module };
}

/** Loads the program and answers what it exports: the default export of an ES module where there is one. */
export async function load(entry: Entry, require: NodeJS.Require): Promise<unknown> {
  if (!entry.module) return require(entry.path) as unknown;
  const exported = (await import(pathToFileURL(entry.path).href)) as Record<string, unknown>;
  if (!Object.hasOwn(exported, "default")) return exported;
  if (Object.keys(exported).length !== 1) throw new Error("expected entrypoint module to have either a default export or named exports but not both");
  return exported["default"];
}
