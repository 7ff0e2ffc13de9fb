import { holdVerbs, liftCommand, shownWhen, type HoldKind, type RecordedHold } from "../../gates/index.ts";
import type { HoldReport } from "../hold-report.ts";
import { listed } from "../text/amount.ts";
import { oneLine } from "../text/visible.ts";
import { drawn, painter, type Look } from "./look.ts";

const means: Readonly<Record<HoldKind, string>> = {
  pin: "it stays at the commit that is live; drift is still put back",
  hold: "no apply begins and no drift is put back; what runs already is finished",
  freeze: "nothing begins, and a run that is at work stops before its next wave",
};

const meanwhile: Readonly<Record<HoldKind, string>> = {
  pin: "is finished",
  hold: "is finished",
  freeze: "stops before its next wave",
};

function on(environment: string, stacks: readonly string[]): string {
  return stacks.length === 0 ? environment : `${stacks.length === 1 ? "stack" : "stacks"} ${listed(stacks, 6)} of ${environment}`;
}

function lineOf(environment: string, { kind, stacks, by, until, reason }: RecordedHold): string {
  const ends = until === null ? "until it is lifted" : `until ${shownWhen(new Date(until), "UTC")}`;
  return `${on(environment, stacks)} is ${holdVerbs[kind].is} ${ends}, by ${oneLine(by, 80)}: ${oneLine(reason, 300)}`;
}

function setLines({ environment, holds, replaced, run }: HoldReport): readonly string[] {
  const [hold] = holds;
  if (hold === undefined) return [];
  const [stack] = hold.stacks;
  return [
    lineOf(environment, hold),
    `${means[hold.kind]}; lift it: ${liftCommand(environment, { kind: hold.kind, stack })}`,
    ...replaced.map((one) => `in place of: ${oneLine(one.reason, 300)}`),
    run === undefined ? "" : `run ${oneLine(run.id, 80)} of ${oneLine(run.who, 80)} is at work: it ${meanwhile[hold.kind]}`,
  ];
}

function liftedLines({ environment, holds, left }: HoldReport): readonly string[] {
  return [
    ...holds.map(({ kind, stacks, reason }) => `${on(environment, stacks)} is no longer ${holdVerbs[kind].is} (${oneLine(reason, 300)})`),
    ...left.map((one) => `still: ${lineOf(environment, one)}`),
  ];
}

/** What a person set or lifted, and what it means from now on. */
export function holdText(report: HoldReport, look: Look): string {
  const [first = "", ...rest] = (report.done === "set" ? setLines(report) : liftedLines(report)).filter((line) => line !== "");
  return drawn([painter(look).bold(first), ...rest].join("\n"), look);
}
