import type { Operation, ResourceChange } from "../changes/index.ts";
import { grouped } from "./text/amount.ts";

/** How many resources each operation touches, worst first in every text. */
export type Counts = Readonly<Record<Operation, number>>;

/** Operations in the order people read them, with the mark each has everywhere. */
export const marks = { replace: "±", delete: "−", update: "~", create: "+", import: "↧", read: "·" } as const satisfies Record<Operation, string>;
const order = Object.keys(marks) as Operation[];

export const noCounts: Counts = { replace: 0, delete: 0, update: 0, create: 0, import: 0, read: 0 };

export function countOf(resources: Iterable<ResourceChange>): Counts {
  const counts = { ...noCounts };
  for (const resource of resources) counts[resource.operation] += 1;
  return counts;
}

export function sumOf(all: Iterable<Counts>): Counts {
  const sum = { ...noCounts };
  for (const counts of all) for (const operation of order) sum[operation] += counts[operation];
  return sum;
}

/** Resources that an apply would touch. A read touches nothing. */
export function changing(counts: Counts): number {
  return order.reduce((sum, operation) => (operation === "read" ? sum : sum + counts[operation]), 0);
}

/** `1 replace, 2 delete, 3 update`; the empty string when nothing changes. Reads are not told: they are there in every run. */
export function countsText(counts: Counts): string {
  return order
    .filter((operation) => operation !== "read" && counts[operation] > 0)
    .map((operation) => `${grouped(counts[operation])} ${operation}`)
    .join(", ");
}

/** `−1 replace, +2 update`: what moved from `before` to `after`; the empty string when nothing did. */
export function countsMoved(before: Counts, after: Counts): string {
  const moved = order.filter((operation) => operation !== "read" && before[operation] !== after[operation]);
  return moved
    .map((operation) => {
      const by = after[operation] - before[operation];
      return `${by > 0 ? "+" : "−"}${grouped(Math.abs(by))} ${operation}`;
    })
    .join(", ");
}
