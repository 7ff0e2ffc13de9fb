import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { readWhole } from "./files.ts";

/**
 * An append-only file of JSON lines that several processes write at once without a lock: each line is one `write` on an O_APPEND handle, which
 * the kernel puts at the end whole. A line's number is its place in the file, so numbers are unique and never change. Each line starts with a
 * line feed, so that a line torn by a power cut spoils only itself; torn lines have no number.
 */
export class Lines<T> {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  append(line: T): void {
    const bytes = Buffer.from(`\n${JSON.stringify(line)}`, "utf8");
    mkdirSync(dirname(this.#file), { recursive: true });
    const handle = openSync(this.#file, "a", 0o600);
    try {
      const written = writeSync(handle, bytes);
      if (written !== bytes.length) throw new Error(`only ${written} of ${bytes.length} bytes were appended to ${this.#file}`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  }

  /** All whole lines in order, the first has number 1. */
  all(): readonly (T & { readonly seq: number })[] {
    const found: (T & { readonly seq: number })[] = [];
    for (const text of (readWhole(this.#file) ?? "").split("\n")) {
      if (text === "") continue;
      try {
        found.push({ ...(JSON.parse(text) as T), seq: found.length + 1 });
      } catch {
        // torn by a power cut
      }
    }
    return found;
  }
}
