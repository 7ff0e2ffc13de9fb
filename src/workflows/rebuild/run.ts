import type { Problem } from "../../base/problem/index.ts";
import type { EngineOutcome, StateSummary } from "../../adapters/engine/index.ts";
import type { ProbeResult } from "../../adapters/probes/index.ts";
import type { RebuildPlan } from "../../domain/rebuilding/index.ts";
import type { EnvironmentRecord, KeptLease, Recovered } from "../ledger/index.ts";
import type { OpenGate } from "../recovery/index.ts";
import type { Looking, StackLook } from "./look.ts";
import type { Asked } from "./request.ts";

/** What became of one stack of a rebuild. */
export interface StackRebuilt {
  readonly name: string;
  readonly result: "good" | "failed" | "skipped" | "cancelled";
  readonly outcome: EngineOutcome | undefined;
  readonly problem: Problem | undefined;
  readonly probes: readonly ProbeResult[];
  readonly taken: readonly Recovered[];
  /** Its state holds all that is known to exist: from here on any run may go on. */
  readonly isWhole: boolean;
  /** Urns of what is there, and is not of the commit that it was made again from: left for the next apply. */
  readonly left: readonly string[];
  readonly stateBefore: string;
  readonly after: StateSummary | undefined;
  readonly durationMs: number;
}

/** What the steps of one rebuild share. */
export interface RebuildRun {
  readonly looking: Looking;
  readonly looks: ReadonlyMap<string, StackLook>;
  readonly plan: RebuildPlan;
  readonly run: string;
  readonly asked: Asked;
  readonly startedAt: Date;
  readonly startedMs: number;
  readonly kept: KeptLease;
  readonly gate: OpenGate;
  /** The record when the lease was taken. */
  readonly before: EnvironmentRecord;
  readonly signal: AbortSignal;
  readonly versions: Readonly<Record<string, string>>;
  readonly rebuilt: Map<string, StackRebuilt>;
  /** Guards that were passed by whoever was asked. */
  readonly overridden: { readonly guard: string; readonly by: string; readonly reason: string }[];
}
