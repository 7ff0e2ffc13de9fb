import { readFileSync } from "node:fs";
import { registerHooks, type LoadFnOutput, type LoadHookContext, type ResolveFnOutput, type ResolveHookContext } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { CompileCache } from "./compile-cache.ts";
import { formatOf } from "./format.ts";
import { lazyModule, lazyTarget } from "./lazy-modules.ts";
import { substitutes } from "./resolution.ts";
import { mapStacks } from "./source-maps.ts";
import { Transpiler } from "./transpiler.ts";

export interface CompilerSettings {
  /** Folder of compiled files. */
  readonly cache: string;
  /** Path of the program's tsconfig, from the working directory; it need not exist. */
  readonly tsconfig: string;
}

const typescriptFile = /\.[mc]?tsx?$/;

function ownFile(url: string): boolean {
  return url.startsWith("file:") && !url.includes("/node_modules/") && typescriptFile.test(url);
}

/** A specifier that names a file and not a package. */
function isPath(specifier: string): boolean {
  return /^(\.{0,2}\/|\.{1,2}$|file:)/.test(specifier);
}

/**
 * Makes `require` and `import` of TypeScript files outside node_modules run them through TypeScript's own per-file compiler,
 * with the program's tsconfig, and resolves paths as TypeScript and ts-node would. Stack traces then name the TypeScript line.
 */
export function installCompiler(settings: CompilerSettings): void {
  const transpiler = new Transpiler(settings.tsconfig);
  const cache = new CompileCache(settings.cache, transpiler);
  const maps = mapStacks();
  registerHooks({
    resolve(specifier: string, context: ResolveHookContext, next): ResolveFnOutput {
      const lazy = lazyTarget(specifier, context.parentURL, () => next(specifier, context).url);
      if (lazy !== undefined) return { url: lazy, format: "commonjs", shortCircuit: true };
      if (!isPath(specifier)) return next(specifier, context);
      try {
        return next(specifier, context);
      } catch (error) {
        const found = substitutes(specifier, context.parentURL);
        if (found === undefined) throw error;
        return { url: pathToFileURL(found).href, shortCircuit: true };
      }
    },
    load(url: string, context: LoadHookContext, next): LoadFnOutput {
      const lazy = lazyModule(url);
      if (lazy !== undefined) return { format: "commonjs", source: lazy, shortCircuit: true };
      const [file = url] = url.split("?");
      if (!ownFile(file)) return next(url, context);
      const path = fileURLToPath(file);
      const source = readFileSync(path, "utf8");
      const format = formatOf(path, source);
      const compiled = cache.compile({ path, source, format });
      maps.set(path, compiled);
      return { format, source: compiled, shortCircuit: true };
    },
  });
}
