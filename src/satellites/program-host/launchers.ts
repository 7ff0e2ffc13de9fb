import { chmodSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the sandbox cloud keeps its objects, and the node_modules whose SDKs say what there is. Absolute. */
export interface SandboxLauncher {
  readonly store: string;
  readonly sdk: string;
}

export interface LauncherSettings {
  /** The Node that runs them, absolute. */
  readonly node: string;
  /** Folder of compiled programs; the host's default where left out. */
  readonly cache?: string;
  /** With it, the providers of the sandbox cloud are there too. */
  readonly sandbox?: SandboxLauncher;
}

const sandboxProviders = ["aws", "kubernetes", "random", "tls"] as const;

/** The file names that the engine looks for on PATH and beside itself. */
export const launcherNames = [
  "pulumi-language-nodejs",
  "pulumi-resource-pulumi-nodejs",
  ...sandboxProviders.map((name) => `pulumi-resource-${name}` as const),
] as const;

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** One file appears complete or not at all: an engine may be looking for it now. */
function writeLauncher(path: string, words: readonly string[]): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `#!/bin/sh\nexec ${words.map(quoted).join(" ")} "$@"\n`);
  chmodSync(draft, 0o755);
  renameSync(draft, path);
}

/**
 * Writes the small executable files by which a plain `pulumi` starts trueup's satellites as its language host and plugins.
 * Answers their paths. Put `dir` in front of PATH.
 */
export function writeLaunchers(dir: string, { node, cache, sandbox }: LauncherSettings): readonly string[] {
  mkdirSync(dir, { recursive: true });
  // Beside this file: main.ts in the repository, main.js where the package is built.
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const host = fileURLToPath(new URL(`./main.${ending}`, import.meta.url));
  const cloud = fileURLToPath(new URL(`../sandbox-cloud/main.${ending}`, import.meta.url));
  const cached = cache === undefined ? [] : ["--cache", cache];
  const files = new Map<string, readonly string[]>([
    ["pulumi-language-nodejs", [node, host, "language", ...cached]],
    ["pulumi-resource-pulumi-nodejs", [node, host, "dynamic-provider"]],
  ]);
  if (sandbox !== undefined) {
    for (const name of sandboxProviders) files.set(`pulumi-resource-${name}`, [node, cloud, "plugin", name, "--store", sandbox.store, "--sdk", sandbox.sdk]);
  }
  for (const [name, words] of files) writeLauncher(join(dir, name), words);
  return [...files.keys()].map((name) => join(dir, name));
}
