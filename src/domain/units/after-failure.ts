import type { ProblemCode } from "../../base/problem/index.ts";

/** One stack of a unit that did not go well, as the run left it. */
export interface StackFacts {
  readonly name: string;
  /** From 0. */
  readonly wave: number;
  readonly action: "apply" | "destroy" | "forget";
  readonly rollback: "auto" | "forward-only";
  /** Whether it is not as it was last good: this run changed it, or an earlier one that died or was left as it was. */
  readonly hasMoved: boolean;
  readonly closureDigest: string;
  readonly lastGood: { readonly commit: string; readonly closureDigest: string } | undefined;
  /** Why it is not good; undefined where it is, or was not begun. `passes`: it says nothing against the change, and the same may go well the next time. */
  readonly problem: { readonly code: ProblemCode; readonly what: string; readonly passes?: boolean } | undefined;
}

/**
 * What is done about a unit that failed.
 *
 * - `leave`: the next apply goes on with it: the change itself is not known to be wrong, there is nothing to go back to, or nobody may act now.
 * - `veto`: it is not tried again as it is; nothing of it moved.
 * - `freeze`: a person must look.
 * - `rollBack`: these stacks go back, wave by wave in this order. `vetoes`: whether it may not come again as it is.
 */
export type AfterFailure =
  | { readonly kind: "leave"; readonly because: string }
  | { readonly kind: "veto"; readonly because: string }
  | { readonly kind: "freeze"; readonly because: string }
  | { readonly kind: "rollBack"; readonly waves: readonly (readonly string[])[]; readonly vetoes: boolean };

/** Failures of what trueup works with, not of what it was told to apply: going back would meet them too. */
const troubles: ReadonlySet<ProblemCode> = new Set([
  "STATE_LOCKED",
  "STATE_UNREACHABLE",
  "STATE_CORRUPTED",
  "REMOTE_UNREACHABLE",
  "PENDING_OPERATIONS",
  "ENGINE_EVENTS_LOST",
  "ENGINE_MISSING",
  "PLUGIN_MISSING",
  "SECRETS_UNREADABLE",
  "IDENTITY_CHANGED",
  "IDENTITY_REFUSED",
  "LEASE_LOST",
  "LEDGER_BUSY",
  "DISK_FULL",
  "CANCELLED",
  "INTERNAL",
]);

/** How the engine tells of the same in words: its lock, its disk, a process of its own that is gone. */
const troubleWords =
  /deleting the lock|the lock at|no space left|read-only file system|failed to save (snapshot|checkpoint)|checkpoint|was ended by SIG|ended by a signal|the provider has died|error reading from server: EOF|transport is closing|connection refused.*plugin|could not read plugin|credentials have expired|expired ?token/i;

/** Whether a failure says nothing about the change: the same could happen to any other, and to the way back. */
export function isTrouble({ code, what }: { readonly code: ProblemCode; readonly what: string }): boolean {
  return troubles.has(code) || (code === "ENGINE_FAILED" && troubleWords.test(what));
}

function reverseWaves(moved: readonly StackFacts[]): readonly (readonly string[])[] {
  const waves = [...Map.groupBy(moved, ({ wave }) => wave)].sort(([a], [b]) => b - a);
  return waves.map(([, stacks]) => stacks.map(({ name }) => name).sort());
}

const names = (stacks: readonly StackFacts[]): string => stacks.map(({ name }) => name).join(", ");

/** Why a unit's failed stacks are no reason to undo it; undefined when they are. */
function leaving(stacks: readonly StackFacts[], frozen: boolean): AfterFailure | undefined {
  const failed = stacks.filter(({ problem }) => problem !== undefined);
  const trouble = failed.find(({ problem }) => problem !== undefined && isTrouble(problem));
  if (trouble !== undefined) return { kind: "leave", because: `${trouble.name}: ${trouble.problem?.what ?? ""}` };
  if (frozen) return { kind: "leave", because: "the environment is frozen" };
  const retired = stacks.find(({ action, hasMoved }) => action !== "apply" && hasMoved);
  if (retired !== undefined) return { kind: "leave", because: `${retired.name} was to be retired, and what is deleted does not come back` };
  return undefined;
}

/** What becomes of a unit that failed. `frozen`: somebody froze it, or the environment, meanwhile. Pure. */
export function afterFailure(stacks: readonly StackFacts[], frozen: boolean): AfterFailure {
  const left = leaving(stacks, frozen);
  if (left !== undefined) return left;
  // Nothing that works is at stake: what is made for the first time goes forward, as often as somebody applies it.
  if (stacks.every(({ lastGood }) => lastGood === undefined))
    return { kind: "leave", because: `${names(stacks)} was never good: there is no commit to go back to` };
  const moved = stacks.filter(({ hasMoved, action }) => hasMoved && action === "apply");
  // A window that closes, a hold, or what somebody else did meanwhile says nothing against the change: it comes again by itself.
  const vetoes = stacks.some(({ problem }) => problem !== undefined && problem.code !== "HELD" && problem.passes !== true);
  if (moved.length === 0) return vetoes ? { kind: "veto", because: "nothing of it was changed" } : { kind: "leave", because: "nothing of it was changed" };
  const forward = moved.filter(({ rollback }) => rollback === "forward-only");
  if (forward.length > 0) return { kind: "freeze", because: `${names(forward)} goes forward only (rollback: "forward-only")` };
  const never = moved.filter(({ lastGood }) => lastGood === undefined);
  if (never.length > 0) return { kind: "freeze", because: `${names(never)} was never good, so that there is no commit at which all of it worked` };
  if (moved.every(({ closureDigest, lastGood }) => lastGood?.closureDigest === closureDigest))
    return { kind: "leave", because: "what failed is what was last good: there is nothing to go back to" };
  return { kind: "rollBack", waves: reverseWaves(moved), vetoes };
}
