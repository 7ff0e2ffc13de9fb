import { compareRisk } from "../../changes/index.ts";
import type { Failure, PreviewReport, StackReport } from "../preview-report.ts";
import { isChanged, worstRisk } from "../stack-facts.ts";
import { groupsOf, type Group } from "./groups.ts";
import { notesOf, type Note } from "./notes.ts";
import { riskyOf, type RiskyRow } from "./risky.ts";
import { blockingFirst, refusalsOf, type RefusalOn } from "./verdict.ts";

/** `name`: plain text; the environment's or a stack's. */
export interface FailureOf {
  readonly name: string;
  readonly failure: Failure;
}

/** One environment, sorted and counted once, before anything is measured. */
export interface Draft {
  readonly report: PreviewReport;
  readonly failures: readonly FailureOf[];
  /** What is in the way of an apply, blocking ones first. */
  readonly reasons: readonly RefusalOn[];
  readonly groups: readonly Group[];
  readonly risky: readonly RiskyRow[];
  /** Stacks with something to tell, worst first: the rows of the stack table. */
  readonly rows: readonly StackReport[];
  readonly notes: readonly Note[];
  /** Names of stacks with nothing to tell, where others have: else one line says it of all. */
  readonly quiet: readonly string[];
}

function failuresOf({ state, stacks, environment }: PreviewReport): FailureOf[] {
  if (state.kind === "failed") return [{ name: environment, failure: state.failure }];
  return stacks.flatMap(({ name, outcome }) => (outcome.kind === "failed" ? [{ name: `${environment}.${name}`, failure: outcome.failure }] : []));
}

export function draftOf(report: PreviewReport): Draft {
  const told = report.stacks.filter(isChanged).map((stack) => ({ stack, risk: worstRisk(stack) }));
  const quiet = [...report.stacks.filter((stack) => !isChanged(stack)).map((stack) => stack.name), ...report.untouched];
  return {
    report,
    failures: failuresOf(report),
    reasons: blockingFirst(refusalsOf(report)),
    groups: groupsOf(report.stacks),
    risky: riskyOf(report),
    rows: told.sort((a, b) => compareRisk(a.risk, b.risk)).map(({ stack }) => stack),
    notes: notesOf(report),
    quiet: told.length === 0 ? [] : quiet,
  };
}
