import type { Problem } from "../../base/problem/index.ts";
import type { Secret } from "../../base/secret/index.ts";
import type { EngineOutcome } from "../../adapters/engine/index.ts";
import type { Sha } from "../../adapters/git/index.ts";
import type { ProbeResult } from "../../adapters/probes/index.ts";
import type { Consent } from "../../domain/gates/index.ts";
import type { AffectedStack, Unit } from "../../domain/planner/index.ts";
import type { AfterFailure, UnitPhase } from "../../domain/units/index.ts";
import type { EnvironmentBranch, Estate, Revision } from "../estate/index.ts";
import type { OpenGate } from "../recovery/index.ts";
import type { HookResult } from "./hooks.ts";
import type { Inspection, InspectionQuestion, Judged, StackInspection, Verdict } from "../inspection/index.ts";
import type { Finished, RolledBack } from "../rollback/index.ts";
import type { Brought, EnvironmentRecord, KeptLease, Ledger, RunStack } from "../ledger/index.ts";

/** What a run asks the people's side: who approved what of everything between `from` (live, exclusive) and `head`. */
export interface ConsentQuestion {
  readonly environment: string;
  readonly from: Sha | undefined;
  readonly head: Sha;
  readonly branch: string;
  /** The environment's key: previews are sealed with it. */
  readonly key: Secret;
}

export interface ApplyRequest {
  readonly environment: string;
  /** Every stack, whatever differs. */
  readonly all: boolean;
  /** Guards that the person who runs this permits to pass, with the reason: recorded, and good for this commit only. */
  readonly overrides?: { readonly guards: readonly string[]; readonly reason: string };
  /** The remote was fetched a moment ago: enough to see whether there is anything to do. With the lease it is fetched again, always. */
  readonly isFetched?: boolean;
  /** How long to wait for somebody else's lease; left out: not at all. */
  readonly waitMs?: number;
  /** Left out: nobody can have approved anything. */
  readonly consent?: (question: ConsentQuestion) => Promise<Consent>;
  /** Brings into the record of a run's end what whoever asked for the run means to do after it: who dies before that is made up for by who reads it. */
  readonly leave?: (record: EnvironmentRecord, run: string) => EnvironmentRecord;
  readonly signal?: AbortSignal;
  readonly hardSignal?: AbortSignal;
}

/** What became of one stack of the run. `skipped`: not started, because something before it failed. */
export interface StackOutcome {
  readonly affected: AffectedStack;
  readonly result: "good" | "failed" | "skipped" | "cancelled";
  readonly outcome: EngineOutcome | undefined;
  readonly problem: Problem | undefined;
  readonly probes: readonly ProbeResult[];
  readonly stateBefore: string;
  readonly stateAfter: string;
  readonly resources: number;
  readonly durationMs: number;
  /** A creation failed of which the cloud has, or may have, the object all the same. */
  readonly mayHaveMade?: boolean;
  /** What its resources may do (protect, retainOnDelete) is not what it was, though the engine tells no change. */
  readonly hasOtherOptions?: boolean;
  /** Operations that the engine left in the state when it died, with the id where it had told one. */
  readonly unfinished?: NonNullable<RunStack["unfinished"]>;
}

/** `rolledBack`: what failed is as it was before; nothing else of the run failed. */
export type ApplyEnd = "good" | "nothing" | "refused" | "failed" | "rolledBack" | "cancelled";

/** How one unit of a run went, apart from those beside it. */
export interface UnitRun {
  readonly unit: Unit;
  readonly phases: readonly UnitPhase[];
  /** Why it is not good, and what was done about it. */
  readonly problem: Problem | undefined;
  /** What failed, by itself. */
  readonly cause: Problem | undefined;
  /** What was done about it when it failed. */
  readonly after: AfterFailure | undefined;
  readonly back: RolledBack | undefined;
}

export interface ApplyResult {
  readonly run: string;
  readonly environment: string;
  readonly branch: EnvironmentBranch;
  readonly end: ApplyEnd;
  readonly inspection: Inspection | undefined;
  readonly verdict: Verdict | undefined;
  readonly revision: Revision;
  readonly stacks: readonly StackOutcome[];
  readonly units: readonly UnitRun[];
  /** Units that were left out because they failed before and are no different. */
  readonly vetoed: readonly Unit[];
  /** What became of the rollbacks that an earlier run had left. */
  readonly finished: readonly Finished[];
  readonly hooks: readonly HookResult[];
  /** Why it ended as it did; undefined for `good` and `nothing`. */
  readonly problem: Problem | undefined;
  readonly mergedBy: string;
  readonly durationMs: number;
}

/** What the steps of one run share; filled from left to right. */
export interface ApplyRun {
  readonly estate: Estate;
  readonly request: ApplyRequest;
  readonly ledger: Ledger;
  readonly run: string;
  readonly startedAt: Date;
  readonly startedMs: number;
  /** When it was known what there is to do. */
  readonly plannedAt: Date;
  readonly branch: EnvironmentBranch;
  /** The head of the branch when the run was asked for: before it waited for the lease. */
  readonly asked: Sha;
  readonly revision: Revision;
  readonly question: InspectionQuestion;
  /** What the head brings beside itself. */
  readonly brings: Brought | undefined;
  readonly mergedBy: string;
  readonly live: EnvironmentRecord | undefined;
  readonly timings: Record<string, number>;
  /** Aborted by the first interrupt or by a lost lease: nothing new starts, the engine ends cleanly. */
  readonly stop: AbortController;
  readonly kept: KeptLease;
  readonly gate: OpenGate;
  inspection: Inspection | undefined;
  verdict: Verdict | undefined;
  judged: Judged | undefined;
  readonly stacks: Map<string, StackOutcome>;
  /** Stacks that were unknown, as they were looked at before their wave. */
  readonly lookedAgain: Map<string, StackInspection>;
  /** By the unit's id. */
  readonly units: Map<string, UnitRun>;
  readonly vetoed: readonly Unit[];
  /** What became of the rollbacks that an earlier run had left, where this one comes after them. */
  readonly finished: readonly Finished[];
  /** In the order in which they ran. */
  readonly hooks: HookResult[];
}

/** A run before it has the lease: enough to see that there is nothing to do. */
export type Opened = Omit<ApplyRun, "kept" | "gate">;
