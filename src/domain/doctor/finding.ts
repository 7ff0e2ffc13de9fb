import type { Problem } from "../../base/problem/index.ts";

/**
 * `right`, `wrong`, or `advice`: it works, and could be safer. `unknown` could not be looked at from here; it is neither, and is told so that
 * nobody takes silence for health.
 */
export type Health = "right" | "wrong" | "advice" | "unknown";

export interface Finding {
  /** What was looked at: "reviews", "engine". Scripts go by it. */
  readonly check: string;
  /** On what: an environment, a branch, a file, this machine. */
  readonly on: string;
  readonly state: Health;
  readonly says: string;
  /** What to do; left out of what is right. */
  readonly todo?: string;
}

/** What was looked at, or why it could not be. */
export type Looked<Value> = { readonly value: Value } | { readonly problem: Problem };

/** Findings of one check on one thing. */
export class About {
  readonly check: string;
  readonly on: string;
  constructor(check: string, on: string) {
    this.check = check;
    this.on = on;
  }
  right(says: string): Finding {
    return { check: this.check, on: this.on, state: "right", says };
  }
  wrong(says: string, todo: string): Finding {
    return { check: this.check, on: this.on, state: "wrong", says, todo };
  }
  advice(says: string, todo: string): Finding {
    return { check: this.check, on: this.on, state: "advice", says, todo };
  }
  unknown(says: string, todo: string): Finding {
    return { check: this.check, on: this.on, state: "unknown", says, todo };
  }
  /** What kept it from being looked at is itself what is wrong. */
  broken({ what, todo }: Problem): Finding {
    return this.wrong(what, todo);
  }
}
