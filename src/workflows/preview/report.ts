import { shownWindows } from "../../domain/gates/index.ts";
import type { PreviewReport, Refusal, StackReport } from "../../domain/reports/index.ts";
import { failureOf, type StackInspection } from "../inspection/index.ts";
import type { Preview } from "./preview.ts";

function outcomeOf(preview: Preview, one: StackInspection): StackReport["outcome"] {
  const on = `${preview.revision.environment.name}.${one.affected.stack.name} at ${preview.commit.slice(0, 7)}`;
  const failure = failureOf(one.problem, one.outcome, {
    on,
    todo: `See it all with: trueup preview ${preview.revision.environment.name} --ref ${preview.commit.slice(0, 12)}`,
  });
  if (failure !== undefined) return { kind: "failed", failure };
  const changes = one.outcome?.changes;
  if (one.until.length > 0) return { kind: "unknown", until: one.until, ...(changes === undefined ? {} : { changes }) };
  const nothing = { stack: one.affected.stack.name, resources: [], unchanged: 0, policies: [], diagnostics: [], changedOutputs: [], reads: [] };
  return { kind: "changes", changes: changes ?? nothing, drift: one.outcome?.drift ?? [] };
}

function stackReport(preview: Preview, one: StackInspection): StackReport {
  const { stack, reasons, action } = one.affected;
  const refusals = preview.verdict.refusals.filter((refusal) => refusal.stack === stack.name).map(asRefusal);
  return {
    name: stack.name,
    reasons,
    outcome: outcomeOf(preview, one),
    refusals,
    verify: action === "apply" ? stack.verify : [],
    ...(stack.runbook === undefined ? {} : { runbook: stack.runbook }),
  };
}

const asRefusal = (refusal: Preview["verdict"]["refusals"][number]): Refusal => ({
  kind: refusal.kind,
  reason: refusal.reason,
  todo: refusal.todo,
  blocks: refusal.blocks,
});

/** A preview in the words of reports: what the comment, the terminal and JSON are made from. */
export function previewReport(preview: Preview, now: Date): PreviewReport {
  const { environment } = preview.revision;
  const { plan, stacks } = preview.inspection;
  const depth = Math.max(0, ...plan.units.map((unit) => unit.waves.length));
  const waves = Array.from({ length: depth }, (_, index) => plan.units.flatMap((unit) => (unit.waves[index] ?? []).map((one) => one.stack.name)));
  return {
    environment: environment.name,
    branch: preview.branch.name,
    base: preview.branch.head,
    commit: preview.commit,
    durationMs: preview.durationMs,
    state: { kind: "done" },
    stacks: [...stacks.values()].map((one) => stackReport(preview, one)),
    untouched: [...plan.untouched, ...plan.candidates.map((one) => one.stack.name)],
    orphans: [
      ...plan.orphans.map((stack) => ({ stack, resources: preview.live?.stacks[stack]?.resources ?? 0 })),
      ...plan.moved.map(({ stack, was }) => ({ stack: `${stack} (${was})`, resources: preview.live?.stacks[stack]?.resources ?? 0 })),
    ],
    refusals: preview.verdict.refusals.filter((refusal) => refusal.stack === undefined).map(asRefusal),
    verifyRequired: environment.verify.required,
    ...(environment.verify.checks === undefined || environment.verify.checks.length === 0 ? {} : { verify: environment.verify.checks }),
    merge: { waves, approvals: environment.approvals, windows: shownWindows(environment.windows) },
    ...(preview.readsLive ? { liveAgeMs: now.getTime() - preview.readAt.getTime() } : {}),
    ...(preview.verdict.fingerprint === undefined ? {} : { fingerprint: preview.verdict.fingerprint }),
    ...(preview.notes.length === 0 ? {} : { notes: preview.notes }),
    retry: `trueup preview ${environment.name} --ref ${preview.commit.slice(0, 12)}`,
  };
}
