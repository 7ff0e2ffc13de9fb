import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Source, Transpiler } from "./transpiler.ts";

/** Compiled files by the hash of all that goes into them. Safe for many processes: a file appears complete or not at all. */
export class CompileCache {
  readonly #folder: string;
  readonly #transpiler: Transpiler;

  constructor(folder: string, transpiler: Transpiler) {
    this.#folder = folder;
    this.#transpiler = transpiler;
  }

  /** The path is no part of the key: the same file in another prepared folder, of the next commit say, is not compiled again. */
  compile(source: Source): string {
    const isJsx = source.path.endsWith("x");
    const key = createHash("sha256")
      .update(JSON.stringify([this.#transpiler.identity, isJsx, source.format, source.source]))
      .digest("hex");
    const path = join(this.#folder, key.slice(0, 2), `${key}.js`);
    try {
      return readFileSync(path, "utf8");
    } catch {
      // not compiled yet
    }
    const compiled = this.#transpiler.transpile(source);
    try {
      mkdirSync(join(this.#folder, key.slice(0, 2)), { recursive: true, mode: 0o700 });
      const draft = `${path}.${randomUUID()}`;
      writeFileSync(draft, compiled, { mode: 0o600 });
      renameSync(draft, path);
    } catch {
      // A cache that cannot be written costs time, not the run.
    }
    return compiled;
  }
}
