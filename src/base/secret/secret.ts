import { inspect } from "node:util";

const shown = "[secret]";

/** A value that cannot be printed by accident: toString, toJSON, template strings and inspect all say `[secret]`. */
export class Secret {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  /** The plain text. Call it only where the value leaves for its one destination. */
  reveal(): string {
    return this.#text;
  }
  toString(): string {
    return shown;
  }
  toJSON(): string {
    return shown;
  }
  [inspect.custom](): string {
    return shown;
  }
}
