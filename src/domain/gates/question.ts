import type { ChangeSet, DriftFinding } from "../changes/index.ts";
import type { Environment } from "../environments/index.ts";
import type { AffectedStack } from "../planner/index.ts";
import type { Comparison } from "./compare.ts";
import type { Expected } from "./expected.ts";
import type { HoldKind } from "./holds.ts";
import type { Override } from "./verdict.ts";
import type { WindowAction } from "./windows.ts";

/** A resource or unfinished operation of a stack's state, as far as the gates look at it. */
export interface StateFacts {
  readonly resources: readonly { readonly urn: string; readonly type: string; readonly isExternal?: true }[];
  readonly pending: readonly { readonly urn: string; readonly type: string; readonly operation: string }[];
}

/** One stack of the run and what a fresh preview says of it. */
export interface JudgedStack {
  readonly affected: AffectedStack;
  /** Undefined when nothing was previewed (`forget`). */
  readonly changes: ChangeSet | undefined;
  readonly state: StateFacts;
  /** What the state has and the cloud has not any more. */
  readonly gone?: readonly DriftFinding[];
  /** Stacks that must be applied before this one's changes are known. */
  readonly until?: readonly string[];
  /** How the preview compares with what was approved; left out when nothing was. */
  readonly approved?: Comparison;
}

export interface Approval {
  readonly by: string;
  /** Teams the approver is a member of: `@acme/platform`. */
  readonly groups?: readonly string[];
  /** What they may do in the repository, in the forge's words: "maintain". */
  readonly permission?: string;
  /** Why it is not known whether they pushed what they approve; left out where it is known that they did not. */
  readonly unsure?: string;
}

export interface Hold {
  /** Left out: a hold. */
  readonly kind?: HoldKind;
  /** Left out: the whole environment. */
  readonly stack?: string;
  readonly by: string;
  readonly reason: string;
  /** ISO 8601; left out: until somebody lifts it. */
  readonly until?: string;
  /** Of a pin: the closure digests that are live, by stack. What would stay at its own is not held. */
  readonly pinned?: Readonly<Record<string, string>>;
}

/** What stacks destroy that are not judged here, in numbers. */
export interface Beside {
  readonly destroyed: number;
  /** Of how many stacks. */
  readonly stacks: number;
}

/** Version and requirements of a stack as it is live. */
export interface LiveVersion {
  readonly version?: string;
  readonly requires?: Readonly<Record<string, string>>;
}

/** Everything a verdict depends on. Rules (`environment`) are those of what is live, except for what the commit declares of its stacks. */
export interface GateQuestion {
  readonly environment: Pick<Environment, "name" | "stacks" | "approvals" | "verify" | "windows" | "checks" | "policies" | "apply" | "guards">;
  readonly commit: string;
  readonly action: WindowAction;
  readonly at: Date;
  readonly stacks: readonly JudgedStack[];
  /** Stacks that are live, by name, for version requirements. */
  readonly live?: Readonly<Record<string, LiveVersion>>;
  /** Account, cluster, ...: what the ledger recorded, and what the run would act on. */
  readonly identity?: { readonly recorded: Readonly<Record<string, string>>; readonly now: Readonly<Record<string, string>> };
  /** Given approvals that bind what is judged. Who approved something else did not approve this. */
  readonly approvals?: readonly Approval[];
  /** Of some stacks those that count for what they ask for by themselves; left out: those of the whole run. */
  readonly approvalsOf?: ReadonlyMap<string, readonly Approval[]>;
  /** Why approvals that were given do not count, in words that may be published. */
  readonly uncounted?: readonly string[];
  /** Whose approval is missing by CODEOWNERS, in words that may be published; left out: nobody has looked. */
  readonly lackingOwners?: readonly string[];
  readonly holds?: readonly Hold[];
  /** Of a stack that is judged by itself in the middle of a run: what the other stacks of the run destroyed, or are to. Left out: nothing. */
  readonly beside?: Beside;
  /** Results of the environment's `checks`. One that is declared and missing here never ran: a failure. */
  readonly checks?: readonly { readonly name: string; readonly passed: boolean; readonly says?: string }[];
  readonly overrides?: readonly Override[];
  /** How long each unit is taken to need, told by its first stack; left out of a run that has begun. */
  readonly expected?: readonly (Expected & { readonly stack: string })[];
}
