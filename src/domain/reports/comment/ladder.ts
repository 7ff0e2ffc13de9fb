import { compareRisk, riskOrder, type Risk } from "../../changes/index.ts";
import type { Entry } from "../stack-facts.ts";
import type { Detail } from "../text/resource.ts";
import type { Draft } from "./draft.ts";

/**
 * What is shown of one environment. A comment climbs from "counts per environment" (nothing here) to "full diff" by steps, the riskiest first;
 * the longest climb that fits is posted.
 */
export interface View {
  section: boolean;
  verdict: boolean;
  logs: boolean;
  riskyRows: number;
  stackRows: number;
  notes: boolean;
  unchanged: boolean;
  readonly details: Map<Entry, Detail>;
}

export type Step = { readonly environment: number } & (
  | { readonly kind: "section" | "verdict" | "logs" | "riskyRow" | "stackRow" | "notes" | "unchanged" }
  | { readonly kind: "detail"; readonly entry: Entry; readonly detail: Detail }
);

/** Rows that come before any diff; the rest of the table comes after the risky diffs. */
const firstRows = 60;
const maxRiskyRows = 30;
const details: readonly Detail[] = ["name", "keys", "full"];
/** The rest of the stack table comes before the diffs of this class and below. */
const firstCalm = riskOrder.indexOf("drift");

function detailSteps(drafts: readonly Draft[]): Step[] {
  const all = drafts.flatMap((draft, environment) => draft.groups.flatMap((group) => group.entries.map((entry) => ({ environment, entry }))));
  all.sort((a, b) => compareRisk(a.entry.risk, b.entry.risk));
  const climb = (some: typeof all): Step[] =>
    details.flatMap((detail) => some.map(({ environment, entry }): Step => ({ environment, kind: "detail", entry, detail })));
  // Each class is shown as fully as it can be before anything less risky is even named.
  const climbAll = (risks: readonly Risk[]): Step[] => risks.flatMap((risk) => climb(all.filter(({ entry }) => entry.risk === risk)));
  const laterRows = drafts.flatMap((draft, environment) => draft.rows.slice(firstRows).map((): Step => ({ environment, kind: "stackRow" })));
  return [...climbAll(riskOrder.slice(0, firstCalm)), ...laterRows, ...climbAll(riskOrder.slice(firstCalm))];
}

/** Every step up, in the order in which they are taken. */
export function ladder(drafts: readonly Draft[]): readonly Step[] {
  const each = (kind: Exclude<Step["kind"], "detail">, times: (draft: Draft) => number): Step[] =>
    drafts.flatMap((draft, environment) => Array.from({ length: times(draft) }, (): Step => ({ environment, kind })));
  const once = (): number => 1;
  return [
    ...each("section", once),
    ...each("verdict", once),
    ...each("riskyRow", (draft) => Math.min(maxRiskyRows, draft.risky.length)),
    ...each("stackRow", (draft) => Math.min(firstRows, draft.rows.length)),
    ...each("logs", once),
    ...each("notes", once),
    ...detailSteps(drafts),
    ...each("unchanged", once),
  ];
}

function take(view: View, step: Step): void {
  switch (step.kind) {
    case "section":
    case "verdict":
    case "logs":
    case "notes":
    case "unchanged":
      view[step.kind] = true;
      break;
    case "riskyRow":
      view.riskyRows += 1;
      break;
    case "stackRow":
      view.stackRows += 1;
      break;
    case "detail":
      view.details.set(step.entry, step.detail);
  }
}

/** What is shown after the first `taken` steps, one view per environment. */
export function viewsAt(steps: readonly Step[], taken: number, environments: number): readonly View[] {
  const views = Array.from({ length: environments }, (): View => ({
    section: false,
    verdict: false,
    logs: false,
    riskyRows: 0,
    stackRows: 0,
    notes: false,
    unchanged: false,
    details: new Map(),
  }));
  for (const step of steps.slice(0, taken)) {
    const view = views[step.environment];
    if (view !== undefined) take(view, step);
  }
  return views;
}

/** The most steps for which `good` holds, given that it holds for none. Gallops first: the far end may be thousands of times too large to try. */
export function highest(steps: number, good: (taken: number) => boolean): number {
  let low = 0;
  let high = 64;
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
