import type { Environment, StackDeclaration } from "../environments/index.ts";
import { affectedStacks, type AffectedQuestion } from "./affected.ts";
import { byCodeUnit } from "../../base/json/index.ts";
import { stackGraph, type Reads, type StackGraph } from "./graph.ts";
import { liveStack, type LiveStacks } from "./live.ts";
import { movedStacks, refuseDestroyingDeclared, type MovedStack } from "./pulumi-stack.ts";
import { retirement } from "./retire.ts";
import { planUnits, type CommitTouches } from "./units.ts";

export interface AffectedStack {
  readonly stack: StackDeclaration;
  readonly closureDigest: string;
  /** What a person reads: "imports stacks/lib/tags.ts (changed)", "its last attempt failed", "never applied". At least one. */
  readonly reasons: readonly string[];
  /** `destroy` and `forget`: what the environment no longer declares and `retire` names. */
  readonly action: "apply" | "destroy" | "forget";
}

/** A stack that nothing touches but that reads outputs of one that is affected: affected only if a preview shows that they change. */
export interface Candidate {
  readonly stack: StackDeclaration;
  /** "reads clusters.kubeconfig". At least one. */
  readonly reasons: readonly string[];
  /** The affected stacks it depends on, directly or not, sorted. */
  readonly upstream: readonly string[];
}

/** A set of stacks that one merge changes together: succeeds or fails as one. */
export interface Unit {
  /** Stable within a plan: twelve digits of the first commit (or head), and the first stack. */
  readonly id: string;
  /** First-parent commits, oldest first, that made these stacks differ; the planned commit alone when none of those given did. */
  readonly commits: readonly string[];
  /** Waves in order; stacks inside one wave do not depend on each other. Destroys come in reverse order after the applies. */
  readonly waves: readonly (readonly AffectedStack[])[];
}

export interface Plan {
  readonly environment: string;
  readonly commit: string;
  /** Earlier layers first, so that running them one after another is always right; those of different units do not depend on each other. */
  readonly units: readonly Unit[];
  /** In the order in which they can be previewed. Not in any unit: plan again with `because` when a preview shows that one changes. */
  readonly candidates: readonly Candidate[];
  /** Declared stacks that nothing touches and that are no candidates. */
  readonly untouched: readonly string[];
  /** Live in the ledger, declared nowhere, not retired. */
  readonly orphans: readonly string[];
  /** Declared, but live as another Pulumi stack: that one is declared nowhere any more. */
  readonly moved: readonly MovedStack[];
}

export interface PlanQuestion extends Omit<AffectedQuestion, "graph"> {
  readonly environment: Pick<Environment, "name" | "stacks" | "retire">;
  readonly commit: string;
  /** More edges than the closures tell: what earlier runs of the programs read. */
  readonly reads?: Reads;
  /** First-parent commits since what is live, oldest first, each with the stacks whose closure digest it changed. */
  readonly commits?: readonly CommitTouches[];
}

function mergedReads(question: PlanQuestion): Reads {
  const told = question.reads ?? {};
  return Object.fromEntries(
    question.closures.map((closure) => [closure.stack, [...(closure.reads ?? []), ...(Object.hasOwn(told, closure.stack) ? (told[closure.stack] ?? []) : [])]]),
  );
}

function orphansOf(question: PlanQuestion, graph: StackGraph): string[] {
  return Object.keys(question.live)
    .filter((name) => !graph.stacks.has(name) && !Object.hasOwn(question.environment.retire, name))
    .sort(byCodeUnit);
}

/** Edges that held at the live commit and touch a retired stack: what stops reading it must have been applied before it goes. */
function formerEdges(live: LiveStacks, affected: readonly AffectedStack[]): readonly (readonly [string, string])[] {
  const retired = new Set(affected.filter((one) => one.action !== "apply").map((one) => one.stack.name));
  return affected.flatMap(({ stack: { name } }) => {
    const was = liveStack(live, name);
    const needs = [...(was?.declaration?.dependsOn ?? []), ...(was?.reads ?? []).map((read) => read.stack)];
    return needs.filter((need) => retired.has(name) || retired.has(need)).map((need) => [name, need] as const);
  });
}

/**
 * Everything that bringing the environment to this commit takes, as a value: printed, tested, stored and approved alike.
 * Raises STACK_CYCLE, STACK_UNKNOWN, STACK_DUPLICATE (also for a destroy of what is declared), ENVIRONMENT_INVALID (a stack both declared and retired).
 */
export function plan(question: PlanQuestion): Plan {
  const graph = stackGraph(question.environment, mergedReads(question));
  const { affected, candidates } = affectedStacks({ ...question, graph });
  const orphans = orphansOf(question, graph);
  refuseDestroyingDeclared(question);
  const retired = retirement({ environment: question.environment, live: question.live, orphans });
  const all = [...affected, ...retired];
  const touched = new Set([...all, ...candidates].map((one) => one.stack.name));
  return {
    environment: question.environment.name,
    commit: question.commit,
    units: planUnits({
      commit: question.commit,
      commits: question.commits ?? [],
      graph,
      affected: all,
      formerEdges: formerEdges(question.live, all),
    }),
    candidates,
    untouched: graph.order.filter((name) => !touched.has(name)),
    orphans,
    moved: movedStacks(question),
  };
}
