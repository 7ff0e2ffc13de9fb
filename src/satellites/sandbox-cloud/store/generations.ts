import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { hex } from "../wire/digest.ts";
import { readWhole } from "./files.ts";

/**
 * How often a urn was created. Made-up ids hold it, so that what is deleted by hand and made again, or replaced, gets another id, while the
 * same story on an empty store always gives the same ids. Losing a count in a crash does no harm: a taken id is skipped.
 */
export class Generations {
  readonly #dir: string;

  constructor(store: string) {
    this.#dir = join(store, "generations");
  }

  next(urn: string): number {
    const digest = hex(24, urn);
    const file = join(this.#dir, digest.slice(0, 2), digest.slice(2));
    const count = Number(readWhole(file) ?? "0") + 1;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, String(count));
    return count;
  }
}
