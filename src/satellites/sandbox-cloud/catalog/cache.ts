import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What was read of one SDK version's declarations, one small file each. Safe to delete; safe to share between processes. */
export class DeclarationCache {
  readonly #dir: string | undefined;

  /** @param dir undefined: remember nothing on disk. */
  constructor(dir: string | undefined) {
    this.#dir = dir;
  }

  remember<T>(key: string, make: () => T): T {
    if (this.#dir === undefined) return make();
    const file = join(this.#dir, `${key.replaceAll(/[^\w./-]/g, "_")}.json`);
    try {
      return JSON.parse(readFileSync(file, "utf8")) as T;
    } catch {
      // not there yet, or half written by a crash: made again
    }
    const value = make();
    try {
      mkdirSync(dirname(file), { recursive: true });
      const draft = `${file}.${process.pid}`;
      writeFileSync(draft, JSON.stringify(value));
      renameSync(draft, file);
    } catch {
      // a cache that cannot be written only costs time
    }
    return value;
  }
}
