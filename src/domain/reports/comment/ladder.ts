import { compareRisk, riskOrder, type Risk } from "../../changes/index.ts";
import type { Entry } from "../stack-facts.ts";
import type { Detail } from "../text/resource.ts";
import type { Draft } from "./draft.ts";

/** What is shown row by row: lists of a draft. */
export const rowKinds = ["failures", "reasons", "risky", "rows", "notes"] as const satisfies readonly (keyof Draft)[];
export type RowKind = (typeof rowKinds)[number];

/**
 * What is shown of one environment. A comment climbs from "counts per environment" (nothing here) to "full diff" by steps, what is in the way of an
 * apply before any diff and the riskiest first; a step that does not fit is left out, and those after it are still tried.
 */
export interface View {
  section: boolean;
  logs: boolean;
  unchanged: boolean;
  /** Places in the draft's list of that kind. */
  readonly shown: Readonly<Record<RowKind, Set<number>>>;
  readonly details: Map<Entry, Detail>;
  /** How many steps led here and the last of them: steps keep their order and a missed one never comes again, so two equal views have both alike. */
  steps: number;
  last: Step | undefined;
}

export type Step = { readonly environment: number } & (
  | { readonly kind: "section" | "logs" | "unchanged" }
  | { readonly kind: "row"; readonly of: RowKind; readonly at: number }
  | { readonly kind: "detail"; readonly entry: Entry; readonly detail: Detail }
);

const maxFailures = 3;
/** Reasons and risky rows that an environment may have before others have theirs. */
const firstReasons = 4;
const firstRisky = 3;
const maxReasons = 30;
const maxRisky = 30;
/** Rows that come before any diff; the rest of the table comes after the risky diffs. */
const firstRows = 60;
const details: readonly Detail[] = ["name", "keys", "full"];
/** The rest of the stack table comes before the diffs of this class and below. */
const firstCalm = riskOrder.indexOf("drift");
/** Steps of one sort that may be found not to fit before the rest of that sort is left out too: each costs a rendering. */
const patience = 5;

/** Places `from` to `to`: the first of each environment, then the second of each, so that none speaks at the cost of all others. */
function rowSteps(drafts: readonly Draft[], of: RowKind, [from, to]: readonly [number, number]): Step[] {
  const longest = Math.min(to, Math.max(0, ...drafts.map((draft) => draft[of].length)));
  return Array.from({ length: Math.max(0, longest - from) }, (_, index) => index + from).flatMap((at) =>
    drafts.flatMap((draft, environment): Step[] => (at < draft[of].length ? [{ environment, kind: "row", of, at }] : [])),
  );
}

function detailSteps(drafts: readonly Draft[]): Step[] {
  const all = drafts.flatMap((draft, environment) => draft.groups.flatMap((group) => group.entries.map((entry) => ({ environment, entry }))));
  all.sort((a, b) => compareRisk(a.entry.risk, b.entry.risk));
  const climbOne = (some: typeof all): Step[] =>
    details.flatMap((detail) => some.map(({ environment, entry }): Step => ({ environment, kind: "detail", entry, detail })));
  // Each class is shown as fully as it can be before anything less risky is even named.
  const climbAll = (risks: readonly Risk[]): Step[] => risks.flatMap((risk) => climbOne(all.filter(({ entry }) => entry.risk === risk)));
  return [...climbAll(riskOrder.slice(0, firstCalm)), ...rowSteps(drafts, "rows", [firstRows, Infinity]), ...climbAll(riskOrder.slice(firstCalm))];
}

/** The reddest environments come first, each with why it is red: a title that tells less may be left out for it. */
function firstSteps(draft: Draft, environment: number): Step[] {
  const rows = (of: RowKind, most: number): Step[] => draft[of].slice(0, most).map((_, at): Step => ({ environment, kind: "row", of, at }));
  return [{ environment, kind: "section" }, ...rows("failures", maxFailures), ...rows("reasons", firstReasons)];
}

/** Every step up, in the order in which they are tried. */
export function ladder(drafts: readonly Draft[]): readonly Step[] {
  const each = (kind: "logs" | "unchanged"): Step[] => drafts.map((_, environment) => ({ environment, kind }));
  return [
    ...drafts.flatMap(firstSteps),
    ...rowSteps(drafts, "risky", [0, firstRisky]),
    ...rowSteps(drafts, "reasons", [firstReasons, maxReasons]),
    ...rowSteps(drafts, "risky", [firstRisky, maxRisky]),
    ...rowSteps(drafts, "rows", [0, firstRows]),
    ...each("logs"),
    ...rowSteps(drafts, "notes", [0, Infinity]),
    ...detailSteps(drafts),
    ...each("unchanged"),
  ];
}

function take(view: View, step: Step): void {
  switch (step.kind) {
    case "section":
    case "logs":
    case "unchanged":
      view[step.kind] = true;
      break;
    case "row":
      view.shown[step.of].add(step.at);
      break;
    case "detail":
      view.details.set(step.entry, step.detail);
  }
}

/** What is shown after these steps, one view per environment. */
export function viewsAt(taken: readonly Step[], environments: number): readonly View[] {
  const views = Array.from({ length: environments }, (): View => ({
    section: false,
    logs: false,
    unchanged: false,
    shown: { failures: new Set(), reasons: new Set(), risky: new Set(), rows: new Set(), notes: new Set() },
    details: new Map(),
    steps: 0,
    last: undefined,
  }));
  for (const step of taken) {
    const view = views[step.environment];
    if (view === undefined) continue;
    take(view, step);
    view.steps += 1;
    view.last = step;
  }
  return views;
}

/** The most steps for which `good` holds, given that it holds for none. Gallops first: the far end may be thousands of times too large to try. */
export function highest(steps: number, good: (taken: number) => boolean, stride = 64): number {
  let low = 0;
  let high = stride;
  while (high < steps && good(high)) {
    low = high;
    high *= 4;
  }
  if (high >= steps) {
    if (good(steps)) return steps;
    high = steps;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (good(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** What can be shown only on top of `missed`. */
function restsOn(step: Step, missed: Step): boolean {
  if (missed.kind === "section") return step.environment === missed.environment;
  return missed.kind === "detail" && step.kind === "detail" && step.entry === missed.entry;
}

function sortOf(step: Step): string {
  if (step.kind === "row") return step.of;
  return step.kind === "detail" ? `${step.entry.risk} ${step.detail}` : step.kind;
}

/** The steps that are taken, in order: each that still fits on top of those before it. `good` must hold for none. Of what is in the way, each is tried. */
export function climb(steps: readonly Step[], good: (taken: readonly Step[]) => boolean): readonly Step[] {
  const misses = new Map<string, number>();
  let taken: readonly Step[] = [];
  let rest = steps;
  for (let stride = 64; rest.length > 0; stride = 1) {
    const [base, ahead] = [taken, rest];
    const more = highest(ahead.length, (count) => good([...base, ...ahead.slice(0, count)]), stride);
    taken = [...base, ...ahead.slice(0, more)];
    const missed = ahead[more];
    if (missed === undefined) break;
    const sort = sortOf(missed);
    misses.set(sort, (misses.get(sort) ?? 0) + 1);
    const isOver = sort !== "reasons" && sort !== "section" && (misses.get(sort) ?? 0) >= patience;
    rest = ahead.slice(more + 1).filter((step) => !restsOn(step, missed) && !(isOver && sortOf(step) === sort));
  }
  return taken;
}
