import type { WindowAction } from "./windows.ts";

/**
 * What a person (or a rollback that failed) put in the way, weakest first:
 *
 * | kind   | an apply of other code | an apply of the same code, a repair of drift | a rollback by itself, the next wave of a run |
 * |--------|------------------------|----------------------------------------------|----------------------------------------------|
 * | pin    | waits                  | goes on                                      | goes on                                      |
 * | hold   | waits                  | waits                                        | goes on                                      |
 * | freeze | waits                  | waits                                        | waits                                        |
 */
export const holdKinds = ["pin", "hold", "freeze"] as const;
export type HoldKind = (typeof holdKinds)[number];

/** One of them, of an environment or of some of its stacks. Times are ISO 8601. */
export interface RecordedHold {
  readonly kind: HoldKind;
  readonly id: string;
  /** Empty: the whole environment. */
  readonly stacks: readonly string[];
  readonly by: string;
  readonly reason: string;
  readonly since: string;
  /** null: until somebody lifts it. */
  readonly until: string | null;
}

interface Plain {
  readonly id: string;
  readonly stacks: readonly string[];
  readonly by: string;
  readonly reason: string;
  readonly since: string;
  readonly until?: string | null | undefined;
}

/** The part of a ledger's record that holds are kept in. A pin stands among the holds, so that a runner that knows no pins is held by it altogether. */
export interface HoldsKept {
  readonly holds: readonly (Plain & { readonly kind?: string | undefined })[];
  readonly freezes: readonly Plain[];
}

export function isOver({ until }: { readonly until?: string | null | undefined }, at: Date): boolean {
  return typeof until === "string" && Date.parse(until) <= at.getTime();
}

/** Those that stand at a time, the strongest first. One whose time is over is none. */
export function holdsAt(kept: HoldsKept, at: Date): readonly RecordedHold[] {
  const plain = (kind: HoldKind, one: Plain): RecordedHold => {
    const { id, stacks, by, reason, since, until = null } = one;
    return { kind, id, stacks, by, reason, since, until };
  };
  const all = [...kept.freezes.map((one) => plain("freeze", one)), ...kept.holds.map((one) => plain(one.kind === "pin" ? "pin" : "hold", one))];
  return all.filter((one) => !isOver(one, at)).sort((a, b) => holdKinds.indexOf(b.kind) - holdKinds.indexOf(a.kind));
}

/** The freeze that stands at a time over one of these stacks, or over all of the environment. */
export function freezeOver(kept: HoldsKept, names: ReadonlySet<string>, at: Date): RecordedHold | undefined {
  return holdsAt(kept, at).find(({ kind, stacks }) => kind === "freeze" && (stacks.length === 0 || stacks.some((name) => names.has(name))));
}

/** Whether a kind has a say in an action at all. */
export function stops(kind: HoldKind, action: WindowAction): boolean {
  if (kind === "freeze") return true;
  if (kind === "pin") return action !== "rollback" && action !== "drift";
  return action !== "rollback";
}

/** The command that sets each kind, and the one that lifts it. A comment's `lock` and `unlock` set and lift a hold too. */
export const holdVerbs = {
  pin: { set: "pin", lift: "unpin", sets: "pins", lifts: "unpins", is: "pinned" },
  hold: { set: "suspend", lift: "resume", sets: "suspends", lifts: "resumes", is: "held" },
  freeze: { set: "freeze", lift: "thaw", sets: "freezes", lifts: "thaws", is: "frozen" },
} as const satisfies Record<HoldKind, { readonly set: string; readonly lift: string; readonly sets: string; readonly lifts: string; readonly is: string }>;

/** `trueup thaw dev --stack shop --reason "…"`: the way out of a hold. */
export function liftCommand(environment: string, { kind, stack }: { readonly kind: HoldKind; readonly stack?: string | undefined }): string {
  return `trueup ${holdVerbs[kind].lift} ${environment}${stack === undefined ? "" : ` --stack ${stack}`} --reason "…"`;
}
