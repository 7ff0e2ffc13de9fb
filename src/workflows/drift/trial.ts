import { canonicalJson } from "../../base/json/index.ts";
import { Problem } from "../../base/problem/index.ts";
import type { Sha } from "../../adapters/git/index.ts";
import type { ChangeSet } from "../../domain/changes/index.ts";
import { prepareSites, readRevision, type Estate, type Revision } from "../estate/index.ts";
import { keptNowhere, revisionAsKept } from "../inspection/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import type { DriftRequest } from "./drift.ts";
import { failureText } from "./failure-text.ts";

/** A commit of the environment and what applying it to this stack would do, with live reads. */
export interface Trial {
  readonly commit: Sha;
  readonly revision: Revision;
  readonly changes: ChangeSet;
}

/** The branch as it is, and with one value changed. */
export interface Bench {
  readonly estate: Estate;
  /** `live`: by which it is known where the state is that the branch is held against. */
  readonly request: DriftRequest & { readonly stack: string; readonly live: EnvironmentRecord };
  readonly head: Sha;
  readonly base: Trial;
}

export type Judged =
  | { readonly kind: "fits" }
  /** It is not where the property comes from, or not alone. */
  | { readonly kind: "no"; readonly why?: string };

async function tried(estate: Estate, request: Bench["request"], commit: Sha): Promise<Trial> {
  const revision = await readRevision(estate, commit, request.environment);
  return { commit, revision, changes: await planned(estate, request, revision) };
}

async function planned(estate: Estate, request: Bench["request"], revision: Revision): Promise<ChangeSet> {
  const stack = revision.environment.stacks.find(({ name }) => name === request.stack);
  if (stack === undefined) {
    throw new Problem("STACK_UNKNOWN", {
      what: `the stack "${request.stack}" is not declared on the branch any more`,
      on: `environment ${request.environment}`,
      todo: "Declare it again, or retire it: what nobody declares has no value to write down. Nothing was changed.",
    });
  }
  const kept = await revisionAsKept(estate, revision, request);
  if (kept === undefined) throw keptNowhere(request.live, request);
  const site = await (await prepareSites(estate, kept, [stack])).site(stack);
  const outcome = await (
    await estate.engine(revision.environment)
  ).preview(site, {
    live: true,
    deadlineMs: estate.deadlines.driftMs,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    ...(request.hardSignal === undefined ? {} : { hardSignal: request.hardSignal }),
  });
  if (outcome.result === "succeeded") return outcome.changes;
  throw new Problem(outcome.result === "cancelled" ? "CANCELLED" : "ENGINE_FAILED", {
    what: failureText(outcome, "the preview of the branch"),
    on: `${request.environment}.${request.stack}`,
    todo: `Nothing was changed. See: trueup preview ${request.environment}`,
  });
}

/** Previews the branch as it is: what a changed value is compared with. */
export async function openBench(estate: Estate, request: Bench["request"], head: Sha): Promise<Bench> {
  return { estate, request, head, base: await tried(estate, request, head) };
}

const changesOf = ({ resources }: ChangeSet): Set<string> =>
  new Set(resources.flatMap(({ urn, operation, properties }) => [`${operation} ${urn}`, ...properties.map(({ path }) => `${urn} ${path}`)]));

/** Whether applying the branch would still change this path. */
export function stillChanges({ resources }: ChangeSet, { urn, path }: { readonly urn: string; readonly path: string }): boolean {
  return resources.some((one) => one.urn === urn && one.properties.some((property) => property.path === path));
}

/** The other stacks that a changed file bears on. */
function othersMoved(before: Revision, after: Revision, stack: string): readonly string[] {
  const was = new Map(before.closures.map((closure) => [closure.stack, canonicalJson(closure)]));
  return after.closures.filter((closure) => closure.stack !== stack && was.get(closure.stack) !== canonicalJson(closure)).map((closure) => closure.stack);
}

function isSameStack(before: Revision, after: Revision, stack: string): boolean {
  const of = ({ closures }: Revision): string => canonicalJson(closures.find((closure) => closure.stack === stack) ?? null);
  return of(before) === of(after);
}

/**
 * Whether a commit with one value changed is what is live: the path is left alone then, and nothing else of the stack or of another would become
 * different. What no program reads costs no preview.
 */
export async function judgeTrial(bench: Bench, commit: Sha, about: { readonly urn: string; readonly path: string }): Promise<Judged> {
  const { estate, request, base } = bench;
  try {
    const revision = await readRevision(estate, commit, request.environment);
    if (isSameStack(base.revision, revision, request.stack)) return { kind: "no" };
    const others = othersMoved(base.revision, revision, request.stack);
    const changes = await planned(estate, request, revision);
    if (stillChanges(changes, about)) return { kind: "no" };
    if (others.length > 0) return { kind: "no", why: `it is also a value of ${others.join(", ")}` };
    const before = changesOf(base.changes);
    const more = changes.resources.find(
      ({ urn, operation, properties }) => !before.has(`${operation} ${urn}`) || properties.some(({ path }) => !before.has(`${urn} ${path}`)),
    );
    return more === undefined ? { kind: "fits" } : { kind: "no", why: `it would also ${more.operation} ${more.type} ${more.name}` };
  } catch (thrown) {
    // A value that the environment or the program refuses is none to write.
    if (!(thrown instanceof Problem) || thrown.code === "CANCELLED") throw thrown;
    return { kind: "no" };
  }
}
