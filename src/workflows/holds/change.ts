import { holdsAt, type HoldKind, type RecordedHold } from "../../domain/gates/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";

export interface NewHold extends RecordedHold {
  readonly until: string;
  /** Of a pin: the commit that is live. */
  readonly commit?: string;
}

type Kept = Pick<EnvironmentRecord, "holds" | "freezes">;

const isSame = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((name) => b.includes(name));

/** Whether this person has set the like before: then the new one takes its place, with its reason and its end. */
function isRenewal(hold: NewHold, standing: RecordedHold): boolean {
  return standing.kind === hold.kind && standing.by === hold.by && isSame(standing.stacks, hold.stacks);
}

function without(kept: Kept, ids: ReadonlySet<string>): Kept {
  return { holds: kept.holds.filter(({ id }) => !ids.has(id)), freezes: kept.freezes.filter(({ id }) => !ids.has(id)) };
}

/** The record with one more, and what it takes the place of. Pure. */
export function withHold(record: Kept, hold: NewHold, at: Date): { readonly next: Kept; readonly replaced: readonly RecordedHold[] } {
  const replaced = holdsAt(record, at).filter((one) => isRenewal(hold, one));
  const kept = without(record, new Set(replaced.map(({ id }) => id)));
  const { id, by, reason, since, until } = hold;
  const entry = { id, stacks: [...hold.stacks], by, reason, since, until };
  if (hold.kind === "freeze") return { next: { ...kept, freezes: [...kept.freezes, { ...entry, run: null }] }, replaced };
  const pin = hold.kind === "pin" ? { kind: "pin", commit: hold.commit ?? null } : {};
  return { next: { ...kept, holds: [...kept.holds, { ...entry, ...pin }] }, replaced };
}

export interface Lift {
  readonly kind: HoldKind;
  /** Left out: all of this kind. One of the whole environment is not lifted for one stack. */
  readonly stack: string | undefined;
}

/** What a lift is about. A unit is frozen as a whole, and so it is thawed: by any of its stacks. */
export function liftedBy(record: Kept, { kind, stack }: Lift, at: Date): readonly RecordedHold[] {
  return holdsAt(record, at).filter((one) => {
    if (one.kind !== kind) return false;
    if (stack === undefined) return true;
    return kind === "freeze" ? one.stacks.includes(stack) : one.stacks.length === 1 && one.stacks[0] === stack;
  });
}

/** The record without them. Pure. */
export function withoutHolds(record: Kept, lifted: readonly RecordedHold[]): Kept {
  return without(record, new Set(lifted.map(({ id }) => id)));
}
