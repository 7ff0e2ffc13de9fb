import { compareRisk } from "../../changes/index.ts";
import type { PreviewReport, StackReport } from "../preview-report.ts";
import { isChanged, worstRisk } from "../stack-facts.ts";
import { groupsOf, type Group } from "./groups.ts";
import { riskyOf, type RiskyRow } from "./risky.ts";

/** One environment, sorted and counted once, before anything is measured. */
export interface Draft {
  readonly report: PreviewReport;
  readonly groups: readonly Group[];
  readonly risky: readonly RiskyRow[];
  /** Stacks with something to tell, worst first: the rows of the stack table. */
  readonly rows: readonly StackReport[];
  /** Names of stacks with nothing to tell. */
  readonly quiet: readonly string[];
}

export function draftOf(report: PreviewReport): Draft {
  const told = report.stacks.filter(isChanged).map((stack) => ({ stack, risk: worstRisk(stack) }));
  const quiet = [...report.stacks.filter((stack) => !isChanged(stack)).map((stack) => stack.name), ...report.untouched];
  return {
    report,
    groups: groupsOf(report.stacks),
    risky: riskyOf(report),
    rows: told.sort((a, b) => compareRisk(a.risk, b.risk)).map(({ stack }) => stack),
    quiet,
  };
}
