import type { TrailFinding } from "./finding.ts";

export interface Numbered {
  readonly commit: string;
  readonly sequence: number;
}

const mostNamed = 50;

function gaps(numbers: ReadonlySet<number>, highest: number): readonly { readonly from: number; readonly to: number }[] {
  const found: { from: number; to: number }[] = [];
  // What is there is gone through, not what could be: a forged number may be anything.
  const there = [...numbers].filter((number) => number <= highest).toSorted((a, b) => a - b);
  let next = 1;
  for (const number of there) {
    if (number > next) found.push({ from: next, to: number - 1 });
    next = number + 1;
  }
  return found;
}

function rangeText({ from, to }: { readonly from: number; readonly to: number }): string {
  return from === to ? `entry ${from} is` : `entries ${from} to ${to} are`;
}

/** What the numbers of a ledger's entries, oldest first, give away: each counts one more than the one before it, from 1. */
export function orderFindings(entries: readonly Numbered[]): readonly TrailFinding[] {
  const numbers = new Set(entries.map(({ sequence }) => sequence));
  const removed = gaps(numbers, Math.max(0, ...lastOf(entries))).map(({ from, to }): TrailFinding => {
    const after = entries.find(({ sequence }) => sequence === to + 1);
    return { kind: "removed", commit: after?.commit ?? null, sequence: from, says: `${rangeText({ from, to })} not there` };
  });
  const turned = entries.flatMap(({ commit, sequence }, index): TrailFinding[] => {
    const before = entries[index - 1];
    if (before === undefined || sequence > before.sequence) return [];
    const says =
      sequence === before.sequence ? `it counts ${sequence}, as the one before it does` : `it counts ${sequence}, and stands after ${before.sequence}`;
    return [{ kind: "reordered", commit, sequence, says }];
  });
  return [...removed, ...turned].slice(0, mostNamed);
}

function lastOf(entries: readonly Numbered[]): readonly number[] {
  return entries.length === 0 ? [] : [entries.reduce((most, { sequence }) => Math.max(most, sequence), 0)];
}
