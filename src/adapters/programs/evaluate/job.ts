import type { Impurity } from "./confine.ts";
import type { ProblemCode } from "../../../base/problem/index.ts";

/** What the confined child is told, as JSON on stdin. */
export interface Job {
  readonly root: string;
  /** File URL of `trueup`. */
  readonly trueup: string;
  /** Repository paths of the modules to evaluate, in order. */
  readonly files: readonly string[];
  /** File that the outcome lines go to. The files' own prints go nowhere near it. */
  readonly result: string;
  /** What one file may print. */
  readonly printedBytes: number;
}

/** Why one file gave nothing. `at` is `file:line` or the file. */
export type Failure =
  | Impurity
  | { readonly kind: "threw"; readonly message: string; readonly at: string }
  | { readonly kind: "refused"; readonly code: ProblemCode; readonly what: string; readonly on: string; readonly todo: string; readonly at: string };

/** One line of the result file. */
export type Outcome =
  | { readonly file: string; readonly state: "started" }
  | { readonly file: string; readonly state: "done"; readonly data: unknown }
  | { readonly file: string; readonly state: "failed"; readonly failure: Failure };

/** JSON characters that one declaration may have. */
export const largestDeclaration = 4 * 1024 * 1024;
