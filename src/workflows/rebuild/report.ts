import type { Problem } from "../../base/problem/index.ts";
import type { RebuildReport, RebuildStack } from "../../domain/reports/index.ts";
import type { PlannedStack, RebuildPlan } from "../../domain/rebuilding/index.ts";
import type { StackLook } from "./look.ts";
import type { Asked } from "./request.ts";
import type { RebuildEnd } from "./records.ts";
import type { StackRebuilt } from "./run.ts";

/** What a report of a rebuild is made of; without `ended` it is a plan. */
export interface Told {
  readonly environment: string;
  readonly plan: RebuildPlan;
  readonly looks: ReadonlyMap<string, StackLook>;
  readonly notes: readonly string[];
  readonly ended?: {
    readonly run: string;
    readonly end: RebuildEnd;
    readonly asked: Asked;
    readonly rebuilt: ReadonlyMap<string, StackRebuilt>;
    readonly durationMs: number;
    readonly problem: Problem | undefined;
  };
}

const linesOf = ({ code, what, on, todo }: Problem): NonNullable<RebuildReport["problem"]> => ({ code, what, on, todo });

function foundOf({ finds, loss }: StackLook): Pick<RebuildStack, "found" | "missing"> {
  if (finds === undefined || loss === "none" || loss === "cloud" || loss === "part" || loss === "unfinished") return {};
  const found = finds.flatMap((one) => (one.kind === "take" ? [{ urn: one.urn, id: one.id, because: one.because }] : []));
  return { found, missing: finds.length - found.length };
}

function doneOf(done: StackRebuilt | undefined): Pick<RebuildStack, "done"> {
  if (done === undefined) return {};
  const { result, durationMs, taken, left, outcome, probes, problem } = done;
  return {
    done: {
      result,
      durationMs: Math.round(durationMs),
      taken: taken.flatMap(({ kind, urn, id, because }) => (kind === "adopt" && id !== undefined ? [{ urn, id, because }] : [])),
      ...(outcome === undefined ? {} : { changes: outcome.changes }),
      ...(left.length === 0 ? {} : { left: left.map(nameOf) }),
      verified: probes.map(({ check, ok, answer }) => ({ check, passed: ok, says: answer })),
      ...(problem === undefined ? {} : { problem: linesOf(problem) }),
    },
  };
}

const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");

function stackOf({ looks, ended }: Told, { stack: { name }, tookMs }: PlannedStack, wave: number): readonly RebuildStack[] {
  const look = looks.get(name);
  if (look === undefined) return [];
  const { place, loss, named, gone, backup } = look;
  return [
    {
      name,
      wave,
      commit: place.commit,
      loss,
      named,
      gone: gone.length,
      data: gone.filter(({ stateful }) => stateful).map(({ urn }) => nameOf(urn)),
      ...foundOf(look),
      ...(backup === undefined ? {} : { backup: backup.name }),
      ...(tookMs === undefined ? {} : { tookMs }),
      ...doneOf(ended?.rebuilt.get(name)),
    },
  ];
}

function nextOf({ environment, plan, ended }: Told): string {
  if (plan.waves.length === 0) return "";
  if (ended === undefined) return `trueup rebuild ${environment}`;
  if (ended.end !== "good") return `trueup rebuild ${environment}`;
  return [...ended.rebuilt.values()].some(({ left }) => left.length > 0) ? `trueup apply ${environment}` : "";
}

/** A plan, or what became of it, in the words of reports. */
export function rebuildReportOf(told: Told): RebuildReport {
  const { environment, plan, notes, ended } = told;
  const waiting =
    plan.waiting.length === 0
      ? []
      : [`${plan.waiting.join(", ")} read what is made anew and were not asked for: trueup apply ${environment} --all brings them after it`];
  return {
    environment,
    result: ended?.end ?? (plan.waves.length === 0 ? "nothing" : "planned"),
    ...(ended === undefined ? {} : { run: ended.run, asked: ended.asked, durationMs: Math.round(ended.durationMs) }),
    stacks: plan.waves.flatMap((wave, index) => wave.flatMap((one) => stackOf(told, one, index + 1))),
    left: plan.left,
    notes: [...notes, ...waiting],
    ...(plan.expectedMs === undefined || plan.waves.length === 0 ? {} : { expectedMs: plan.expectedMs }),
    ...(ended?.problem === undefined ? {} : { problem: linesOf(ended.problem) }),
    next: nextOf(told),
  };
}
