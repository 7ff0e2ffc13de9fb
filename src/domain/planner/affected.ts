import { Problem } from "../../base/problem/index.ts";
import type { StackDeclaration } from "../environments/index.ts";
import { closureDigest, closureParts, type Closure, type ClosurePart } from "./closure.ts";
import { allUpstream, type StackGraph } from "./graph.ts";
import { attemptWords, liveStack, type LiveStack, type LiveStacks } from "./live.ts";
import type { AffectedStack, Candidate } from "./plan.ts";
import { closureReasons } from "./reasons.ts";

export interface AffectedQuestion {
  readonly graph: StackGraph;
  /** One per declared stack, at the commit that is planned. */
  readonly closures: readonly Closure[];
  readonly live: LiveStacks;
  /** Closures at each stack's live commit, where known: only to say in words what differs. */
  readonly previous?: readonly Closure[];
  /** `--all`: every stack, whatever differs. */
  readonly all?: boolean;
  /** More stacks that a preview found affected, with the reasons: "reads clusters.kubeconfig, which changes". */
  readonly because?: Readonly<Record<string, readonly string[]>>;
  /** Only for control tests: the edges that count. */
  readonly digestParts?: readonly ClosurePart[];
}

export interface Affected {
  /** In the graph's order. */
  readonly affected: readonly AffectedStack[];
  /** Untouched themselves, but downstream by an output of one that is affected: a preview tells. In the graph's order. */
  readonly candidates: readonly Candidate[];
}

function byStack(closures: readonly Closure[]): ReadonlyMap<string, Closure> {
  return new Map(closures.map((closure) => [closure.stack, closure]));
}

function closureOf(closures: ReadonlyMap<string, Closure>, name: string): Closure {
  const closure = closures.get(name);
  if (closure !== undefined) return closure;
  throw new Problem("INTERNAL", {
    what: `no closure was read for the declared stack "${name}"`,
    on: name,
    todo: "Run again with --debug and report what it prints.",
  });
}

function digestReasons(question: AffectedQuestion, stack: StackDeclaration, closure: Closure): readonly string[] {
  const before = question.previous?.find((previous) => previous.stack === stack.name);
  if (before === undefined) return ["its sources differ from what is live"];
  const declaredBefore = liveStack(question.live, stack.name)?.declaration;
  const reasons = closureReasons({ before, after: closure, declaredAfter: stack, ...(declaredBefore === undefined ? {} : { declaredBefore }) });
  return reasons.length === 0 ? ["its sources differ from what is live"] : reasons;
}

/**
 * A preview tells what changes from now on. What moved in an attempt that did not end well, or in one that this stack was left out of, is in the state
 * already and would be told by no preview: its readers are looked at for that reason alone.
 */
function outdatedReasons({ graph, live }: AffectedQuestion, name: string): readonly string[] {
  const { outdated = [] } = liveStack(live, name) ?? {};
  const read = [...new Set((graph.reads.get(name) ?? []).map(({ stack }) => stack))];
  const unsettled = read.filter((above) => !outdated.includes(above) && (liveStack(live, above)?.result ?? "good") !== "good");
  return [
    ...outdated.filter((above) => read.includes(above)).map((above) => `${above}, which it reads, moved without it`),
    ...unsettled.map((above) => `reads ${above}, whose last attempt did not end well`),
  ];
}

function liveReasons(
  question: AffectedQuestion,
  stack: StackDeclaration,
  { live, closure }: { readonly live: LiveStack; readonly closure: Closure },
): string[] {
  const reasons: string[] = [];
  if (live.closureDigest === undefined) reasons.push("never applied with success");
  else if (live.closureDigest !== closureDigest(closure, question.digestParts ?? closureParts)) reasons.push(...digestReasons(question, stack, closure));
  if (live.result !== "good") reasons.push(attemptWords[live.result]);
  return [...reasons, ...outdatedReasons(question, stack.name)];
}

function reasonsFor(question: AffectedQuestion, stack: StackDeclaration, closure: Closure): readonly string[] {
  const live = liveStack(question.live, stack.name);
  const reasons = live === undefined ? ["never applied"] : liveReasons(question, stack, { live, closure });
  if (question.because !== undefined && Object.hasOwn(question.because, stack.name)) reasons.push(...(question.because[stack.name] ?? []));
  if (reasons.length === 0 && question.all === true) reasons.push("all stacks were asked for");
  return reasons;
}

function candidateReasons(graph: StackGraph, name: string, moving: ReadonlySet<string>): readonly string[] {
  const reads = (graph.reads.get(name) ?? []).filter((read) => moving.has(read.stack));
  return [...new Set(reads.map((read) => (read.output === undefined ? `reads ${read.stack}` : `reads ${read.stack}.${read.output}`)))];
}

function findCandidates(graph: StackGraph, affected: ReadonlySet<string>): readonly Candidate[] {
  const moving = new Set(affected);
  const candidates: Candidate[] = [];
  for (const name of graph.order) {
    const stack = graph.stacks.get(name);
    if (affected.has(name) || stack === undefined) continue;
    const reasons = candidateReasons(graph, name, moving);
    if (reasons.length === 0) continue;
    moving.add(name);
    candidates.push({ stack, reasons, upstream: [...allUpstream(graph, name)].filter((above) => affected.has(above)).sort() });
  }
  return candidates;
}

/** Which declared stacks this commit changes, each with its reasons; and which ones only a preview can tell. */
export function affectedStacks(question: AffectedQuestion): Affected {
  const closures = byStack(question.closures);
  const affected = question.graph.order.flatMap((name): AffectedStack[] => {
    const stack = question.graph.stacks.get(name);
    if (stack === undefined) return [];
    const closure = closureOf(closures, name);
    const reasons = reasonsFor(question, stack, closure);
    return reasons.length === 0 ? [] : [{ stack, closureDigest: closureDigest(closure, question.digestParts ?? closureParts), reasons, action: "apply" }];
  });
  return { affected, candidates: findCandidates(question.graph, new Set(affected.map((one) => one.stack.name))) };
}
