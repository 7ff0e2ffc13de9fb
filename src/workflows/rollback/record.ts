import { Problem } from "../../base/problem/index.ts";
import type { Unit } from "../../domain/planner/index.ts";
import { standingVetoes } from "../../domain/units/index.ts";
import type { EnvironmentRecord, StackRecord } from "../ledger/index.ts";
import type { RolledBack } from "./roll-back.ts";
import type { StackBack, Target } from "./stack-back.ts";

export type VetoRecord = EnvironmentRecord["vetoes"][number];
export type VetoState = NonNullable<VetoRecord["state"]>;

/** A unit that failed, in the run that it failed in. */
export interface FailedUnit {
  readonly unit: Unit;
  /** The commit that was applied. */
  readonly commit: string;
  readonly run: string;
  readonly reason: string;
  readonly at: Date;
}

/** The stacks of a unit whose contents differ from what was last good: what may not come again as it is. */
function failedDigests({ waves }: Unit, stacks: EnvironmentRecord["stacks"]): Record<string, string> {
  const differing = waves
    .flat()
    .filter(({ stack, closureDigest, action }) => action === "apply" && stacks[stack.name]?.lastGood?.closureDigest !== closureDigest);
  return Object.fromEntries(differing.map(({ stack, closureDigest }) => [stack.name, closureDigest]));
}

/** What the ledger keeps of a unit that failed. `holds`: whether it may not come again as it is. */
export function vetoRecord(
  failed: FailedUnit,
  stacks: EnvironmentRecord["stacks"],
  { state, holds }: { readonly state: VetoState; readonly holds: boolean },
): VetoRecord {
  const { unit, commit, run, reason, at } = failed;
  return {
    closureDigests: holds ? failedDigests(unit, stacks) : {},
    commit,
    run,
    reason,
    since: at.toISOString(),
    unit: unit.id,
    commits: [...unit.commits],
    state,
    waves: unit.waves.map((wave) => wave.filter(({ action }) => action === "apply").map(({ stack }) => stack.name)).filter((wave) => wave.length > 0),
  };
}

const isOf = (veto: VetoRecord, { run, unit }: Pick<VetoRecord, "run" | "unit">): boolean => veto.run === run && veto.unit === unit;

/** The vetoes with this one in place of what was said of the same unit in the same run. One that holds nothing, and has nothing left to do, is none. */
export function withVeto(vetoes: EnvironmentRecord["vetoes"], veto: VetoRecord): EnvironmentRecord["vetoes"] {
  const others = vetoes.filter((one) => !isOf(one, veto));
  const says = veto.state === "rollingBack" || Object.keys(veto.closureDigests).length > 0;
  return says ? [...others, veto] : others;
}

/** Without those of which the branch shows something else by now. What is still to be taken back stays in any case. */
export function withoutSettled(vetoes: EnvironmentRecord["vetoes"], digests: ReadonlyMap<string, string>): EnvironmentRecord["vetoes"] {
  const standing = new Set(standingVetoes(vetoes, digests));
  return vetoes.filter((veto) => veto.state === "rollingBack" || standing.has(veto));
}

interface Frozen {
  readonly run: string;
  readonly unit: string;
  readonly stacks: readonly string[];
  readonly reason: string;
  readonly at: Date;
}

/** Why a unit is frozen, for whoever finds it so: what failed, and what kept it from going back. */
export function whyFrozen(failed: string, back: Pick<RolledBack, "stacks" | "problem">): string {
  // Where all of it went back, what failed is a check of what stands now.
  const isBack = back.stacks.length > 0 && back.stacks.every(({ problem }) => problem === undefined);
  return `${failed}; ${isBack ? "it was taken back, and then" : "its rollback failed"}: ${back.problem?.what ?? "it was refused"}`;
}

/** A freeze of a unit by trueup itself: nobody but a person goes on. */
export function freezeRecord({ run, unit, stacks, reason, at }: Frozen): EnvironmentRecord["freezes"][number] {
  return { id: `freeze-${run}-${unit}`, stacks: [...stacks], run, reason, by: "trueup", since: at.toISOString(), until: null };
}

/** Where a stack goes back to, by its record; undefined where it was never good. */
export function targetOf(name: string, record: StackRecord | undefined, ownUrns: ReadonlySet<string>): Target | undefined {
  const good = record?.lastGood ?? undefined;
  if (good === undefined) return undefined;
  const { commit, closureDigest, stateDigest } = good;
  return { stack: name, commit, closureDigest, stateDigest, since: new Date(good.since), ownUrns };
}

/** The record of a stack that is at its last good commit again. */
export function goneBack(
  record: StackRecord,
  { target, declaration, closure, after }: StackBack,
  { run, at }: { readonly run: string; readonly at: Date },
): StackRecord {
  const { outdated: _, ...kept } = record;
  const stateDigest = after?.digest ?? record.stateDigest;
  return {
    ...kept,
    commit: target.commit,
    closureDigest: target.closureDigest,
    stateDigest,
    result: "good",
    since: at.toISOString(),
    run,
    resources: after?.resources.length ?? record.resources,
    lastGood: record.lastGood === null ? null : { ...record.lastGood, stateDigest },
    ...(declaration === undefined ? {} : { declaration }),
    ...(closure === undefined ? {} : { reads: closure.reads ?? [] }),
  };
}

const short = (commit: string): string => commit.slice(0, 7);

/** `machines, shop to 4f2c1d9`. */
export function backWords(stacks: readonly StackBack[]): string {
  const groups = [...Map.groupBy(stacks, ({ target }) => target.commit)];
  return groups.map(([commit, some]) => `${some.map(({ target }) => target.stack).join(", ")} to ${short(commit)}`).join("; ");
}

function frozenProblem(environment: string, cause: Problem, back: RolledBack): Problem {
  const backups = back.stacks.flatMap(({ target, backup }) => (backup === undefined ? [] : [`${target.stack}: ${backup}`]));
  const kept = backups.length === 0 ? "" : ` Their states as they were: ${backups.join("; ")}.`;
  // A guard says itself how it may be passed.
  const how = back.problem?.code === "GUARD_REFUSED" ? ` ${back.problem.todo.replace("Nothing of it was touched. ", "")}` : "";
  const isBack = back.stacks.every(({ problem }) => problem === undefined);
  if (isBack && back.problem !== undefined) {
    return new Problem("ROLLBACK_FAILED", {
      what: `${cause.what}; rolled back: ${backWords(back.stacks)}; but then ${back.problem.what}`,
      on: back.problem.on,
      todo: `Its stacks are where they were last good, and frozen.${kept} When it is in order: trueup thaw ${environment} --reason "…"`,
    });
  }
  return new Problem("ROLLBACK_FAILED", {
    what: `${cause.what}; and it could not be rolled back: ${back.problem?.what ?? "it failed"}`,
    on: back.problem?.on ?? cause.on,
    todo: `Its stacks are frozen.${kept}${how} When it is in order: trueup thaw ${environment} --reason "…"`,
  });
}

/** What a person, or a window, keeps where it is goes on by the same command when that is over. */
function notYetBack(environment: string, cause: Problem, { problem, stacks }: RolledBack): Problem {
  const isHeld = problem?.code === "HELD";
  return new Problem(problem?.code ?? "CANCELLED", {
    what: `${cause.what}; its rollback ${isHeld && stacks.length === 0 ? "waits" : "was interrupted"}: ${problem?.what ?? "cancelled"}`,
    on: problem?.on ?? cause.on,
    todo: isHeld ? `${problem.todo}; then go on with it: trueup apply ${environment}` : `Go on with it: trueup apply ${environment}`,
  });
}

/** How a unit that failed and was to go back is told: what failed, and where it is now. */
export function backProblem(environment: string, cause: Problem, back: RolledBack): Problem {
  if (back.state === "frozen") return frozenProblem(environment, cause, back);
  if (back.state === "rollingBack") return notYetBack(environment, cause, back);
  return new Problem("ROLLED_BACK", {
    what: `${cause.what}; rolled back: ${backWords(back.stacks)}${back.passes === undefined ? "" : ` (${back.passes})`}`,
    on: cause.on,
    todo: `Mend it and push; or try the same once more: trueup retry ${environment}`,
  });
}
