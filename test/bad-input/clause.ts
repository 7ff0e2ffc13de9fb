import type { ProblemCode } from "../../src/base/problem/index.ts";
import type { Call, World } from "./world.ts";

/** One way to go wrong, and what trueup must say to it. */
export interface Clause {
  /** Reads on: "is refused: …". */
  readonly name: string;
  /** Makes it wrong. What it returns is run when the test is over. */
  readonly make: (world: World) => Promise<void | (() => Promise<void> | void)>;
  /** Default: `apply dev`. */
  readonly args?: readonly string[];
  readonly call?: (world: World) => Call;
  readonly code: ProblemCode;
  /** Found in the three lines. */
  readonly says: readonly RegExp[];
  /** Seconds that it may take at most. Default 40. */
  readonly withinS?: number;
  /** Too slow for every run. */
  readonly onlyFull?: boolean;
  /** What is checked besides. */
  readonly also?: (world: World) => Promise<void>;
}
