import type { Problem } from "../../base/problem/index.ts";
import { alertsFrom, keptOf, type DriftFinding, type KeptFinding } from "../../domain/changes/index.ts";
import { alerts, commentLimits, driftReport, driftSentence, type DriftProposal, type DriftReport, type DriftRow } from "../../domain/reports/index.ts";
import { pagesOf, type Choice } from "./choice.ts";
import { readStacks, type Detection, type StackDrift } from "./drift.ts";
import type { Repair } from "./fix.ts";
import { ignoresOf } from "./ignores.ts";
import type { Sweep } from "./sweep.ts";

/** A look, and what was made of it. */
export interface Looked {
  readonly detection: Detection;
  readonly repair?: Repair | undefined;
  readonly sweep?: Sweep | undefined;
}

function repairOf(finding: DriftFinding, repair: Repair | undefined): DriftRow["repair"] {
  const choice = repair?.choices.get(finding.stack);
  if (repair === undefined || choice === undefined || !choice.targets.concat(choice.left.map((one) => one.finding)).includes(finding)) return undefined;
  if (repair.refused.has(finding.stack)) return "refused";
  const done = choice.targets.includes(finding) ? repair.repaired.find(({ drift }) => drift.stack.name === finding.stack) : undefined;
  if (done === undefined) return "left";
  return done.problem === undefined ? "fixed" : "failed";
}

/** What only providers report alerts nobody at any age. */
function alertsFromOf({ at, stacks }: Detection, finding: DriftFinding, kept: KeptFinding | undefined): { readonly alertsFrom?: string } {
  const rules = stacks.find(({ stack }) => stack.name === finding.stack)?.stack.drift;
  const from = finding.kind === "output-only" ? undefined : alertsFrom(kept, rules?.alertAfterMs, at);
  return from === undefined ? {} : { alertsFrom: from.toISOString() };
}

function rowOf({ detection, repair }: Looked, finding: DriftFinding): DriftRow {
  const kept = keptOf(detection.memory, finding);
  const ages = Object.fromEntries((kept?.paths ?? []).map(({ path, firstSeen }) => [path, detection.at.getTime() - Date.parse(firstSeen)]));
  const made = repairOf(finding, repair);
  return {
    finding,
    ageMs: Math.max(0, ...Object.values(ages)),
    ...(kept === undefined ? {} : { ages }),
    // What a repair was refused or failed for is told, however young it is.
    ...(made === "failed" || made === "refused" ? {} : alertsFromOf(detection, finding, kept)),
    ...(made === undefined ? {} : { repair: made }),
  };
}

function stackRows(looked: Looked, one: StackDrift): DriftReport["stacks"][number] {
  const standing = looked.detection.standing.filter(({ stack }) => stack === one.stack.name);
  return {
    name: one.stack.name,
    rows: [...one.findings, ...one.noise, ...standing].map((finding) => rowOf(looked, finding)),
    ...(one.problem === undefined ? {} : { failure: { problem: one.problem, log: [] } }),
  };
}

function leftWords({ finding, why }: Choice["left"][number]): readonly string[] {
  const name = `${finding.stack}: ${finding.type} ${finding.name}`;
  if (why.kind === "wait") return [`${name} was tried lately and is tried again at ${why.until.toISOString()}`];
  if (why.kind !== "ignored") return [];
  return [`${name} is left: a rule ignores part of it, and it can only be put back whole (let the program ignore that part: ignoreChanges)`];
}

/** What was refused or left beyond the one problem that the run ends with. */
function more({ repair }: Looked): readonly string[] {
  if (repair === undefined) return [];
  const refused = [...repair.refused].filter(([, problem]) => problem !== repair.problem).map(([stack, { what, todo }]) => `${stack}: ${what}. ${todo}`);
  return [...refused, ...[...repair.choices.values()].flatMap(({ left }) => left.flatMap(leftWords))];
}

function pages({ detection, repair }: Looked): readonly Problem[] {
  const stacks = detection.stacks.map(({ stack }) => stack.name);
  return pagesOf(repair?.memory ?? detection.memory, { environment: detection.environment, stacks, at: detection.at });
}

/** What an issue or a pull request would say of each stack whose drift is proposed. */
function proposals(report: DriftReport, { sweep }: Looked): readonly DriftProposal[] {
  return (sweep?.proposed ?? []).flatMap((name) => {
    const one: DriftReport = {
      ...report,
      marker: `drift:${report.environment}.${name}`,
      stacks: report.stacks.filter((stack) => stack.name === name),
      warnings: [],
    };
    if (!alerts(one)) return [];
    const fix = `trueup drift ${report.environment} --stack ${name} --fix`;
    const body = driftReport({ ...one, ignored: 0, commands: { ...one.commands, fix } }, commentLimits.github);
    return [{ stack: name, title: `${report.environment}.${name}: ${driftSentence(one)}`, body }];
  });
}

/** What stands in the ledger of the stacks that were looked at; what is over is among the warnings. */
function exceptionsOf({ live, stacks, at }: Detection): readonly string[] {
  const names = stacks.map(({ stack }) => stack.name);
  return ignoresOf(live)
    .filter(({ stack, until }) => names.includes(stack) && Date.parse(until) > at.getTime())
    .map(({ stack, type, name, path, by, until, reason }) => `${stack}: ${type} ${name} ${path} is ignored until ${until.slice(0, 16)}Z, by ${by}: ${reason}`);
}

/** A detection, and what a repair made of it, in the words of reports. */
export function driftReportOf(looked: Looked, durationMs: number): DriftReport {
  const { environment, stacks, live, warnings } = looked.detection;
  const exceptions = exceptionsOf(looked.detection);
  const called = pages(looked).map(({ code, what, on, todo }) => ({ code, what, on, todo }));
  const report: DriftReport = {
    marker: `drift:${environment}`,
    environment,
    branch: live.branch?.name ?? "",
    commit: live.branch?.head ?? "",
    durationMs,
    stacks: stacks.map((one) => stackRows(looked, one)),
    ignored: stacks.reduce((sum, one) => sum + one.ignored.length, 0),
    warnings: [...warnings, ...more(looked)],
    ...(exceptions.length === 0 ? {} : { exceptions }),
    ...(called.length === 0 ? {} : { pages: called }),
    ...(looked.sweep === undefined
      ? {}
      : { notDue: looked.sweep.notDue.map(({ stack, next }) => ({ stack, ...(next === undefined ? {} : { next: next.toISOString() }) })) }),
    commands: { fix: `trueup drift ${environment} --fix`, preview: `trueup preview ${environment}` },
  };
  const proposed = proposals(report, looked);
  return proposed.length === 0 ? report : { ...report, proposals: proposed };
}

/** Stacks whose drift is proposed to people, and of which there is nothing to propose now. */
export function settledProposals({ proposals: open = [] }: DriftReport, { detection, sweep }: Looked): readonly string[] {
  const read = readStacks(detection);
  return (sweep?.proposed ?? []).filter((name) => read.includes(name) && !open.some(({ stack }) => stack === name));
}

/** Why a look does not end well although it came to its end: a repair that was refused or failed, a stack that could not be read, a person to call. */
export function driftProblem(looked: Looked): Problem | undefined {
  const unreadable = looked.detection.stacks.find((one) => one.problem !== undefined)?.problem;
  return looked.repair?.problem ?? unreadable ?? pages(looked)[0];
}
