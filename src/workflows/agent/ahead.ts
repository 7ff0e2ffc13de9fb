import type { Estate } from "../estate/index.ts";
import { readAhead } from "./standing.ts";

/** Reads heads ahead while the forge is still being asked, one at a time per environment, each once. */
export class Ahead {
  readonly #estate: Estate;
  readonly #heads = new Map<string, string>();
  readonly #reading = new Map<string, Promise<void>>();

  constructor(estate: Estate) {
    this.#estate = estate;
  }

  read(environment: string): void {
    if (this.#reading.has(environment)) return;
    const reading = readAhead(this.#estate, environment, this.#heads.get(environment)).then(
      (head) => void this.#heads.set(environment, head),
      () => undefined,
    );
    this.#reading.set(environment, reading);
    void reading.finally(() => this.#reading.delete(environment));
  }

  async settled(): Promise<void> {
    await Promise.all(this.#reading.values());
  }
}
