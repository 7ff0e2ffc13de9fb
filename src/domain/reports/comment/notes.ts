import { policyName } from "../../changes/index.ts";
import { checkText, type VerifyCheck } from "../../environments/index.ts";
import { countsMoved } from "../counts.ts";
import type { PreviewReport, StackReport } from "../preview-report.ts";
import { changesOf, entriesOf, environmentCounts, isChanged } from "../stack-facts.ts";
import { amount, duration, listed, sha7 } from "../text/amount.ts";
import { codeSpan, inline } from "../text/inline.ts";

function checkSpans(checks: readonly VerifyCheck[]): string[] {
  return checks.map((check) => {
    const [kind, ...rest] = checkText(check).split(" ");
    return `${kind} ${codeSpan(rest.join(" "), 200)}`;
  });
}

function waysOf({ verify, runbook }: StackReport, isRequired: boolean): string {
  if (verify.length === 0) return `none${isRequired ? " ⛔ required: no way to tell whether this works" : ""}`;
  const checks = checkSpans(verify);
  return `${listed(checks, 3)}${runbook === undefined ? "" : ` · runbook ${codeSpan(runbook, 200)}`}`;
}

const maxWays = 10;
const maxNamed = 6;

/** Stacks that are known about in the same way stand together; what needs a person's eye comes first. */
function knowing(report: PreviewReport): string {
  const stacks = report.stacks.filter(isChanged);
  const silent = stacks.filter((stack) => stack.verify.length === 0);
  const loud = stacks.filter((stack) => stack.verify.length > 0);
  const groups = new Map<string, string[]>();
  for (const stack of report.verifyRequired ? [...silent, ...loud] : [...loud, ...silent]) {
    const ways = waysOf(stack, report.verifyRequired);
    groups.set(ways, [...(groups.get(ways) ?? []), inline(`${report.environment}.${stack.name}`, 100)]);
  }
  if (groups.size === 0) return "";
  const all = [...groups].map(([ways, names]) => ({ text: `${listed(names, maxNamed)}: ${ways}`, stacks: names.length }));
  const left = all.slice(maxWays).reduce((sum, group) => sum + group.stacks, 0);
  const together = report.verify === undefined ? [] : [`then ${inline(report.environment, 60)} as a whole: ${listed(checkSpans(report.verify), 3)}`];
  const lines = [...all.slice(0, maxWays).map(({ text }) => text), ...(left === 0 ? [] : [`… and ${amount(left, "more stack")}`]), ...together];
  return lines.length < 3 ? `**How we will know:** ${lines.join(" · ")}` : `**How we will know:**\n\n${lines.map((line) => `- ${line}`).join("\n")}`;
}

const maxWaves = 12;

const said = (between: string, ...parts: readonly string[]): string => parts.filter((part) => part !== "").join(between);

/** `waves data, net → shop; needs 1 of @acme/platform; window Mon–Fri 08–17 CET`. */
function merging({ merge }: PreviewReport): string {
  const waves = merge.waves
    .filter((wave) => wave.length > 0)
    .map((wave) =>
      listed(
        wave.map((name) => inline(name, 60)),
        6,
      ),
    );
  if (waves.length === 0) return "";
  const approvers = listed(
    merge.approvals.from.map((name) => inline(name, 80)),
    5,
  );
  const more = waves.length > maxWaves ? ` → ${waves.length - maxWaves} more` : "";
  const parts = [
    `waves ${waves.slice(0, maxWaves).join(" → ")}${more}`,
    merge.approvals.min === 0 ? "no approval needed" : `needs ${merge.approvals.min}${approvers === "" ? " approval" : ` of ${approvers}`}`,
    merge.approvals.codeOwners === true ? "and the owners of what it changes (CODEOWNERS)" : "",
    merge.windows.length === 0
      ? ""
      : `window ${listed(
          merge.windows.map((window) => inline(window, 100)),
          4,
        )}`,
  ];
  return `**On merge:** ${parts.filter((part) => part !== "").join("; ")}.`;
}

function livePicture({ liveAgeMs, state }: PreviewReport): string {
  if (state.kind !== "done") return "";
  return liveAgeMs === undefined ? "Live picture: not read; drift is not known." : `Live picture: ${duration(liveAgeMs)} old.`;
}

function orphaned({ orphans }: PreviewReport): string {
  if (orphans.length === 0) return "";
  const named = orphans.map(({ stack, resources }) => `${inline(stack, 60)} (${amount(resources, "resource")})`);
  return `**Orphaned:** ${listed(named, 10)}: declared nowhere, still live, not touched. \`retire\` in environment.ts decides.`;
}

function sincePrevious(report: PreviewReport): string {
  const fingerprint = report.fingerprint === undefined ? "" : `fingerprint ${codeSpan(report.fingerprint.slice(0, 12), 12)}`;
  if (report.previous === undefined) return fingerprint === "" ? "" : `**Approving approves:** ${fingerprint}`;
  const moved = countsMoved(report.previous.counts, environmentCounts(report));
  return `**Since the previous preview (${inline(sha7(report.previous.commit), 7)}…):** ${moved === "" ? "the same counts" : moved}${fingerprint === "" ? "" : ` · ${fingerprint}`}`;
}

const maxListed = 10;

function list(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  const more = lines.length > maxListed ? [`- … and ${amount(lines.length - maxListed, "more line")}`] : [];
  return `**${title}:**\n\n${[...lines.slice(0, maxListed).map((line) => `- ${line}`), ...more].join("\n")}`;
}

/** Findings that no diff shows, because their resource does not change. */
function otherPolicies(report: PreviewReport): string[] {
  return report.stacks.flatMap((stack) => {
    const changes = changesOf(stack);
    if (changes === undefined) return [];
    const shown = new Set(entriesOf(changes).map((entry) => entry.change.urn));
    return changes.policies
      .filter((finding) => finding.urn === undefined || !shown.has(finding.urn))
      .map(
        (finding) =>
          `${finding.level === "mandatory" ? "⛔" : "⚠️"} ${inline(`${report.environment}.${stack.name}`, 100)}: ${inline(`${policyName(finding)}: ${finding.message}`, 300)}`,
      );
  });
}

function warnings(report: PreviewReport): string[] {
  return report.stacks.flatMap((stack) =>
    (changesOf(stack)?.diagnostics ?? [])
      .filter(({ severity }) => severity === "warning")
      .map(({ message }) => `${inline(`${report.environment}.${stack.name}`, 100)}: ${inline(message, 300)}`),
  );
}

/** One paragraph below the folds. `left`: what is missing without it, for the sentence that says so. */
export interface Note {
  readonly text: string;
  readonly left: string;
}

/** The paragraphs below the folds, those that have something to say. */
export function notesOf(report: PreviewReport): readonly Note[] {
  if (report.state.kind === "superseded") return [];
  const [merge, live] = [merging(report), livePicture(report)];
  const [policies, warned] = [otherPolicies(report), warnings(report)];
  const notes = [
    { text: knowing(report), left: `the checks of ${amount(report.stacks.filter(isChanged).length, "stack")}` },
    { text: said(" ", merge, live), left: said("; ", merge && "waves, approvals and windows", live && "the age of the live picture") },
    { text: orphaned(report), left: amount(report.orphans.length, "orphaned stack") },
    { text: list("Policies, on what does not change", policies), left: `${amount(policies.length, "policy finding")} on what does not change` },
    { text: list("Warnings", warned), left: amount(warned.length, "warning") },
    { text: sincePrevious(report), left: report.previous === undefined ? "the fingerprint" : "what moved since the previous preview" },
  ];
  return notes.filter(({ text }) => text !== "");
}

/** The notes that are shown, then one sentence for those that are not. */
export function notesIn(all: readonly Note[], shown: ReadonlySet<number>): string[] {
  const hidden = all.filter((_, at) => !shown.has(at)).map(({ left }) => left);
  return [...all.filter((_, at) => shown.has(at)).map(({ text }) => text), ...(hidden.length === 0 ? [] : [`Left out for size: ${hidden.join("; ")}.`])];
}
