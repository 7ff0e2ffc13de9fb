import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import type typescript from "typescript";
import type { Format } from "./format.ts";

export interface Source {
  readonly path: string;
  readonly source: string;
  readonly format: Format;
}

/** Change it whenever the same source would compile to something else. */
const ownVersion = 2;

/** A tsconfig extends others, which extend others; nobody needs more. */
const deepestExtends = 8;

interface Compiler {
  readonly path: string;
  readonly version: string;
}

/** The program's own TypeScript where it has the per-file API (4.7 to 6; 7 has none), else trueup's. */
function findCompiler(): Compiler {
  for (const from of [join(process.cwd(), "program.js"), import.meta.filename]) {
    const require = createRequire(from);
    try {
      const { version } = require("typescript/package.json") as { version: string };
      const [major = 0, minor = 0] = version.split(".").map(Number);
      if ((major > 4 || (major === 4 && minor >= 7)) && major < 7) return { path: require.resolve("typescript"), version };
    } catch {
      // not installed there
    }
  }
  throw new Error("no TypeScript (4.7 to 6) is installed for this program: npm install --save-dev typescript@6");
}

/** The texts of a tsconfig and of the files it extends by path, as part of a cache key. */
function configTexts(path: string, depth = 0): string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return [];
  }
  const bases = depth < deepestExtends ? [...text.matchAll(/"(\.{1,2}\/[^"]*)"/g)].map((match) => match[1] ?? "").filter((base) => base.endsWith(".json")) : [];
  return [text, ...bases.flatMap((base) => configTexts(resolve(dirname(path), base), depth + 1))];
}

/** TypeScript's own per-file compiler, loaded at the first file that is not in the cache. */
export class Transpiler {
  readonly #tsconfig: string;
  #compiler: Compiler | undefined;
  #identity: string | undefined;
  #loaded: { readonly ts: typeof typescript; readonly options: typescript.CompilerOptions } | undefined;

  constructor(tsconfig: string) {
    this.#tsconfig = resolve(tsconfig);
  }

  /** Everything besides the source that decides what comes out. */
  get identity(): string {
    this.#compiler ??= findCompiler();
    this.#identity ??= JSON.stringify([ownVersion, this.#compiler.version, ...configTexts(this.#tsconfig)]);
    return this.#identity;
  }

  transpile({ path, source, format }: Source): string {
    const { ts, options } = (this.#loaded ??= this.#load());
    const result = ts.transpileModule(source, {
      ...target(ts, { path, format, configured: options.module }, options),
      reportDiagnostics: true,
    });
    refuseSyntax(ts, path, result.diagnostics ?? []);
    const text = result.outputText.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
    const map = Buffer.from(result.sourceMapText ?? "{}").toString("base64");
    return `${format === "commonjs" ? withoutCopies(text) : text}\n//# sourceMappingURL=data:application/json;base64,${map}\n`;
  }

  #load(): { ts: typeof typescript; options: typescript.CompilerOptions } {
    const { path } = (this.#compiler ??= findCompiler());
    const ts = createRequire(path)(path) as typeof typescript;
    const config = ts.readConfigFile(this.#tsconfig, (file) => {
      try {
        return readFileSync(file, "utf8");
      } catch {
        return undefined;
      }
    });
    const host = { ...ts.sys, readDirectory: () => [] };
    const parsed = ts.parseJsonConfigFileContent(config.config ?? {}, host, dirname(this.#tsconfig), undefined, this.#tsconfig);
    const own = parsed.options;
    return {
      ts,
      options: {
        target: ts.ScriptTarget.ES2022,
        experimentalDecorators: own.experimentalDecorators,
        ...own,
        // A field that is only declared must not be reset after the base class's constructor set it: Pulumi's resources do just that.
        useDefineForClassFields: own.useDefineForClassFields ?? false,
        esModuleInterop: own.esModuleInterop ?? true,
        isolatedModules: true,
        noEmit: false,
        emitDeclarationOnly: false,
        declaration: false,
        composite: false,
        incremental: false,
        sourceMap: true,
        inlineSourceMap: false,
        inlineSources: false,
        noEmitOnError: false,
        outDir: undefined,
        importHelpers: false,
        paths: undefined,
      },
    };
  }
}

/** The compiler's options for one file. The extension is the one way to tell the per-file compiler the format and still keep `import()` as it is. */
function target(
  ts: typeof typescript,
  file: { readonly path: string; readonly format: Format; readonly configured: typescript.ModuleKind | undefined },
  options: typescript.CompilerOptions,
): typescript.TranspileOptions {
  const shared = { ...options, moduleResolution: undefined };
  if (file.format === "module") return { fileName: file.path, compilerOptions: { ...shared, module: ts.ModuleKind.ESNext } };
  const isPlain = file.path.endsWith("x") || (file.configured !== undefined && file.configured < ts.ModuleKind.Node16);
  const module = isPlain ? ts.ModuleKind.CommonJS : ts.ModuleKind.NodeNext;
  const fileName = isPlain ? file.path : file.path.replace(/\.[mc]?ts$/, ".cts");
  return { fileName, compilerOptions: { ...shared, module, verbatimModuleSyntax: false } };
}

/** Codes below this are the parser's; the others need types, which a single file does not have. */
const firstTypeError = 2000;

function refuseSyntax(ts: typeof typescript, path: string, diagnostics: readonly typescript.Diagnostic[]): void {
  const wrong = diagnostics.find((diagnostic) => diagnostic.category === ts.DiagnosticCategory.Error && diagnostic.code < firstTypeError);
  if (wrong === undefined) return;
  const { line, character } = wrong.file?.getLineAndCharacterOfPosition(wrong.start ?? 0) ?? { line: 0, character: 0 };
  throw new SyntaxError(`${path}:${line + 1}:${character + 1}: ${ts.flattenDiagnosticMessageText(wrong.messageText, "\n")}`);
}

const copied = /^(?<declared>(?:const|var|let) (?<name>\w+) = )__importStar\((?<required>require\("[^"\n]*"\))\);$/;

/**
 * `import * as x` of a package that is not compiled from ES modules becomes a copy of it under esModuleInterop. A closure that captured
 * the copy cannot be serialised ("native code"), while one that captured the package itself can; the copy differs only in its `default`.
 */
function withoutCopies(text: string): string {
  if (!text.includes("__importStar(require(")) return text;
  const line = (whole: string): string => {
    const { declared, name, required } = copied.exec(whole)?.groups ?? {};
    return name === undefined || new RegExp(`\\b${name}\\.default\\b`).test(text) ? whole : `${declared}${required};`;
  };
  return text.split("\n").map(line).join("\n");
}
