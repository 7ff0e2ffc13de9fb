import { problemCodes, type ProblemCode } from "./codes.ts";

/** Whether trying the same thing again can help, and when. */
export type Retry = "never" | { readonly afterMs: number };

export interface ProblemFacts {
  /** What failed, one line, safe to publish in a comment. */
  readonly what: string;
  /** On what: environment, stack, commit, `file:line`. Safe to publish. */
  readonly on: string;
  /** What to do next, an exact command where there is one. Safe to publish. */
  readonly todo: string;
  /** More for the log of the machine that ran it; never published. */
  readonly detail?: string;
  readonly retry?: Retry;
  readonly cause?: unknown;
}

/** The one typed failure. Its three lines are public text; `detail` and `cause` are not. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly what: string;
  readonly on: string;
  readonly todo: string;
  readonly detail: string | undefined;
  readonly retry: Retry;

  constructor(code: ProblemCode, facts: ProblemFacts) {
    super(facts.what, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.what = facts.what;
    this.on = facts.on;
    this.todo = facts.todo;
    this.detail = facts.detail;
    this.retry = facts.retry ?? "never";
  }

  get exitCode(): number {
    return problemCodes[this.code].exit;
  }

  /** The three lines a person reads: what failed, on what, what to do. */
  get lines(): readonly [string, string, string] {
    return [`${this.code}: ${this.what}`, `on ${this.on}`, this.todo];
  }

  /** The form used inside JSON envelopes. */
  toJSON(): { code: ProblemCode; message: string; on: string; hint: string; docs: string } {
    return {
      code: this.code,
      message: this.what,
      on: this.on,
      hint: this.todo,
      docs: `docs/problems.md#${this.code.toLowerCase()}`,
    };
  }
}

/** Any thrown value as a Problem; unknown ones become INTERNAL and keep the original as `cause`. */
export function asProblem(thrown: unknown, on: string): Problem {
  if (thrown instanceof Problem) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if ((error as NodeJS.ErrnoException).code === "ENOSPC") {
    return new Problem("DISK_FULL", { what: "no space left on the disk", on, todo: "Free some space and run the same command again.", cause: thrown });
  }
  return new Problem("INTERNAL", {
    what: error.message.split("\n")[0] ?? "unknown failure",
    on,
    todo: "Run again with --debug and report what it prints.",
    detail: error.stack ?? error.message,
    cause: thrown,
  });
}
