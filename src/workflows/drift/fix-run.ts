import type { Problem } from "../../base/problem/index.ts";
import type { Estate } from "../estate/index.ts";
import type { StackRecord } from "../ledger/index.ts";
import type { OpenGate } from "../recovery/index.ts";
import type { Choice } from "./choice.ts";
import type { Detection, DriftRequest } from "./drift.ts";
import type { Job, Repaired } from "./repair.ts";

/** What the steps of one repair share; filled from left to right. */
export interface FixRun {
  readonly estate: Estate;
  readonly request: DriftRequest;
  readonly detection: Detection;
  readonly run: string;
  readonly startedAt: Date;
  readonly startedMs: number;
  /** By stack: what is to be repaired; who is refused leaves it. */
  readonly jobs: Map<string, Job>;
  /** By stack: what was decided of each finding, also of those that are refused afterwards. */
  readonly choices: ReadonlyMap<string, Choice>;
  readonly refused: Map<string, Problem>;
  readonly repaired: Map<string, Repaired>;
  readonly timings: Record<string, number>;
  versions: Readonly<Record<string, string>>;
  fencing: number;
  /** Once the lease is held. */
  gate?: OpenGate;
  /** How each stack stood in the ledger before the attempt. */
  before: Readonly<Record<string, StackRecord["result"]>>;
}
