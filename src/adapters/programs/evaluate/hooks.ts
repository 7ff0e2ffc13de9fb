import { registerHooks, isBuiltin, type ResolveHookContext } from "node:module";
import { existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Confinement } from "./confine.ts";

const harmless = new Set([
  "fs",
  "fs/promises",
  "path",
  "path/posix",
  "url",
  "assert",
  "assert/strict",
  "util",
  "buffer",
  "events",
  "string_decoder",
  "querystring",
]);
const reasons: readonly [RegExp, string][] = [
  [/^(net|http|https|http2|dns|tls|dgram|inspector)(\/|$)/, "uses the network"],
  [/^(child_process|cluster|worker_threads)$/, "starts programs"],
  [/^(os|process|v8|vm|perf_hooks|module)$/, "asks about the machine"],
  [/^(timers)/, "waits on the clock"],
  [/^crypto$/, "uses randomness"],
];

export interface Doors {
  /** Real path of the materialised commit. */
  readonly root: string;
  /** File URL of what `trueup` means: the running trueup's own door for declarations. */
  readonly trueup: string;
}

/** Where an import stands, by its text: hooks have no stack of the importing file. */
function placeOf(root: string, parent: string, specifier: string): string {
  const path = fileURLToPath(parent);
  const relative = path.slice(root.length + 1);
  try {
    const line = readFileSync(path, "utf8")
      .split("\n")
      .findIndex((text) => text.includes(`"${specifier}"`) || text.includes(`'${specifier}'`));
    return line < 0 ? relative : `${relative}:${line + 1}`;
  } catch {
    return relative;
  }
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

/** `./lib`, `./lib.js` and `./lib/index.ts` all mean what a compiler would take them for. */
function written(path: string): string {
  const stem = path.replace(/\.[mc]?js$/, "");
  return [path, `${stem}.ts`, `${path}.ts`, `${path}.json`, `${path}/index.ts`].find(isFile) ?? path;
}

function builtinReason(name: string): string {
  return reasons.find(([pattern]) => pattern.test(name))?.[1] ?? `imports node:${name}`;
}

function refusalOf(specifier: string): string {
  if (specifier === "trueup/program") return "imports trueup/program, which is for stack programs";
  return `imports ${specifier}: environment files load no packages (for types, use "import type")`;
}

/** Imports of the commit's files: relative ones inside it, `trueup`, `zod` and harmless parts of Node. Everything else is refused. */
export function hookImports(doors: Doors, confinement: Confinement): void {
  const rootUrl = `${pathToFileURL(doors.root).href}/`;
  registerHooks({
    resolve(specifier, context: ResolveHookContext, next) {
      const parent = context.parentURL;
      if (parent === undefined || !parent.startsWith(rootUrl)) return next(specifier, context);
      const place = (): string => placeOf(doors.root, parent, specifier);
      if (specifier === "trueup") return next(doors.trueup, context);
      if (specifier === "zod") return next("zod", { ...context, parentURL: doors.trueup });
      if (isBuiltin(specifier)) {
        const name = specifier.replace(/^node:/, "");
        return harmless.has(name) ? next(specifier, context) : confinement.refuse(builtinReason(name), place());
      }
      if (!/^(\.\.?(\/|$)|file:)/.test(specifier)) return confinement.refuse(refusalOf(specifier), place());
      const url = new URL(specifier, parent);
      if (!url.href.startsWith(rootUrl)) return confinement.refuse(`imports ${specifier}, which is outside the commit`, place());
      return next(pathToFileURL(written(fileURLToPath(url))).href, context);
    },
    load(url, context, next) {
      // Environment files are ES modules whatever their package.json says.
      return next(url, url.startsWith(rootUrl) && /\.[mc]?ts$/.test(url) ? { ...context, format: "module-typescript" } : context);
    },
  });
}
