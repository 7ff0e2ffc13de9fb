import type { HostAnswer } from "./failures.ts";

interface Known {
  readonly tag: string;
  /** As it came, so that whoever gets it again may do with it what he likes. */
  readonly text: string;
  readonly headers: HostAnswer["headers"];
}

/** UTF-16 units of all texts together. */
const usualRoom = 4 * 1024 * 1024;

/**
 * What a host answered before, for questions that it can answer by "still so" (If-None-Match, 304). Nothing of it is ever used without such an
 * answer to the very question: it saves what travels, not the asking. What was longest not asked for goes first.
 */
export class KnownAnswers {
  readonly #room: number;
  readonly #known = new Map<string, Known>();
  #used = 0;

  constructor(room = usualRoom) {
    this.#room = room;
  }

  /** What to send along with the question. */
  tagOf(question: string): string | undefined {
    return this.#known.get(question)?.tag;
  }

  /** The answer that the host has just confirmed. */
  confirmed(question: string): Known | undefined {
    const known = this.#known.get(question);
    if (known === undefined) return undefined;
    this.#known.delete(question);
    this.#known.set(question, known);
    return known;
  }

  keep(question: string, known: Known): void {
    this.#forget(question);
    if (known.text.length > this.#room / 4) return;
    this.#known.set(question, known);
    this.#used += known.text.length;
    for (const oldest of this.#known.keys()) {
      if (this.#used <= this.#room) return;
      this.#forget(oldest);
    }
  }

  #forget(question: string): void {
    this.#used -= this.#known.get(question)?.text.length ?? 0;
    this.#known.delete(question);
  }
}
