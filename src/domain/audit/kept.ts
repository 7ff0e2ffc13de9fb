import type { TrailFinding } from "./finding.ts";

/** What was kept of a ledger somewhere else than in it. */
export interface Kept {
  readonly head: string;
  /** Who kept it: "this machine saw", "--against names". */
  readonly words: string;
  /** The ledger's commits as they were, oldest first, where they are still at hand. */
  readonly trail: readonly string[] | undefined;
  readonly sequence?: number;
}

function say(kept: Kept, now: readonly string[], at: number): string {
  const lost = (kept.trail?.length ?? 0) - at;
  const was = kept.trail?.[at];
  if (now[at] === undefined) return `it ends before ${kept.head.slice(0, 7)}, which ${kept.words}: the last ${lost} entries of then are gone`;
  return `entry ${at + 1} was ${was?.slice(0, 7) ?? "another"} when ${kept.words} ${kept.head.slice(0, 7)}, and is another one now`;
}

/** The ledger as it is, against what was kept of it: every commit of then is still there, in its place. */
export function keptFindings(now: readonly string[], kept: Kept): readonly TrailFinding[] {
  const index = now.lastIndexOf(kept.head);
  if (index >= 0) {
    if (kept.sequence === undefined || kept.sequence === index + 1) return [];
    return [{ kind: "changed", commit: kept.head, sequence: index + 1, says: `it is entry ${index + 1}; when ${kept.words} it, it was ${kept.sequence}` }];
  }
  if (now.length === 0) return [{ kind: "rolled back", commit: null, sequence: null, says: `its branch is gone; ${kept.words} ${kept.head.slice(0, 7)}` }];
  const { trail } = kept;
  if (trail === undefined)
    return [{ kind: "rolled back", commit: null, sequence: null, says: `it does not hold ${kept.head.slice(0, 7)}, which ${kept.words}` }];
  const at = trail.findIndex((sha, place) => now[place] !== sha);
  return [{ kind: "rolled back", commit: now[at] ?? null, sequence: at + 1, says: say(kept, now, at) }];
}
