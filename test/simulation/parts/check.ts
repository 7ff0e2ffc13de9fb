import { objectsIn } from "./backend.ts";
import { isThing, nameOf, stackOf, type Model } from "./model.ts";
import { somebody, type Thing } from "./cloud.ts";
import type { World } from "./world.ts";
import { branchRef } from "./world.ts";

/** What must never be, by the word under which it is counted. */
export type Harm = "lost" | "doubled" | "overlapped" | "untrue" | "unnamed" | "left behind" | "stuck" | "destroyed" | "repeated" | "broken";

export interface Violation {
  readonly harm: Harm;
  readonly what: string;
}

const shown = ({ properties }: Thing): string => [properties["shape"], properties["revision"]].map((part) => JSON.stringify(part)).join("/");

/** How what lives of one stack differs from what a commit says; `but`: things that nobody looked at. */
export function differences(
  world: World,
  stack: string,
  { things, but = new Set() }: { readonly things: Model[string]; readonly but?: ReadonlySet<string> },
): readonly string[] {
  const live = [...world.cloud.things.values()].filter(({ urn }) => stackOf(urn) === `dev.${stack}`);
  const wrong = Object.entries(things).flatMap(([name, { shape, revision }]) => {
    if (but.has(name)) return [];
    const own = live.filter(({ urn }) => nameOf(urn) === name);
    const isRight = own.length === 1 && own[0]?.properties["shape"] === shape && own[0]?.properties["revision"] === revision;
    return isRight ? [] : [`${name} should be ${shape}/${revision}, is ${own.map(shown).join(" and ") || "not there"}`];
  });
  return [...wrong, ...live.filter(({ urn }) => things[nameOf(urn)] === undefined).map(({ urn }) => `${nameOf(urn)} should not be`)];
}

/** What somebody did to a stack since an engine of the run that says so looked at it last: it cannot know of it. */
function meddledSince({ begun, meddled, recorded }: World, stack: string): ReadonlySet<string> {
  const fencing = recorded.at(-1)?.record.fencing;
  const looked = begun.findLast((one) => one.stack === stack && one.run.writer.fencing === fencing)?.run.beganMs ?? 0;
  return new Set(meddled.filter(({ urn, atMs }) => stackOf(urn) === `dev.${stack}` && atMs >= looked).map(({ urn }) => nameOf(urn)));
}

/** Called at each commit of the ledger: "good" may only be said of what is as the commit says, at that moment. */
export function untrue(world: World, models: ReadonlyMap<string, Model>): readonly Violation[] {
  const now = world.recorded.at(-1);
  return Object.entries(now?.record.stacks ?? {}).flatMap(([stack, is]): Violation[] => {
    // What was said of it last; an attempt that changed nothing of it says it again.
    const was = world.recorded.findLast(({ record }) => record !== now?.record && record.stacks[stack]?.result === "good")?.record.stacks[stack];
    const isNew = is.result === "good" && was?.run !== is.run;
    const said = isNew ? models.get(is.commit ?? "")?.[stack] : undefined;
    if (said === undefined) return [];
    const unseen = meddledSince(world, stack);
    return differences(world, stack, { things: said, but: unseen }).map((what) => ({
      harm: "untrue" as const,
      what: `${stack} is said to be good at ${is.commit?.slice(0, 7)}: ${what}`,
    }));
  });
}

/** A creation beside a living object of its urn of which the state that its engine had knows nothing: what is known is replaced, or still to go. */
function doubled(world: World): readonly Violation[] {
  const living = new Map<string, Set<string>>();
  const found: Violation[] = [];
  for (const { op, urn, id, known = [], endedMs } of [...world.cloud.deeds].sort((a, b) => a.endedMs - b.endedMs)) {
    const own = living.get(urn) ?? new Set();
    living.set(urn, own);
    if (op === "delete") own.delete(id);
    if (op !== "create") continue;
    const unknown = [...own].filter((one) => !known.includes(one));
    if (unknown.length > 0) found.push({ harm: "doubled", what: `${nameOf(urn)} was made as ${id} at ${endedMs / 1000} s while ${unknown.join(", ")} lived` });
    own.add(id);
  }
  return found;
}

/** Two runs that act in turns: each deed of the one that came first must have begun before any of the other. */
function overlapped(world: World): readonly Violation[] {
  const spans = new Map<string, { readonly stack: string; readonly fencing: number; first: number; last: number }>();
  const begun = world.cloud.deeds.filter(({ writer }) => writer.name !== somebody).sort((a, b) => a.beganMs - b.beganMs);
  for (const { writer, beganMs } of begun) {
    const span = spans.get(writer.name) ?? { stack: writer.stack, fencing: writer.fencing, first: beganMs, last: beganMs };
    span.last = beganMs;
    spans.set(writer.name, span);
  }
  const found: Violation[] = [];
  const all = [...spans];
  for (const [at, [name, one]] of all.entries())
    for (const [other, two] of all.slice(at + 1)) {
      if (one.stack === two.stack && one.first < two.last && two.first < one.last)
        found.push({ harm: "overlapped", what: `${one.stack} was written by ${name} and ${other} at a time` });
    }
  let highest = 0;
  for (const { writer, beganMs, op, urn } of begun) {
    if (writer.fencing < highest)
      found.push({
        harm: "overlapped",
        what: `${writer.name} with fencing ${writer.fencing} did ${op} ${nameOf(urn)} at ${beganMs / 1000} s after ${highest} had acted`,
      });
    highest = Math.max(highest, writer.fencing);
  }
  return found;
}

/** States and cloud hold the same objects. */
export function lost(world: World): readonly Violation[] {
  const found: Violation[] = [];
  const recorded = new Set<string>();
  for (const [stack, state] of world.backend.states) {
    for (const { id = "", urn, type } of objectsIn(state)) {
      if (!isThing(type)) continue;
      recorded.add(id);
      if (!world.cloud.things.has(id)) found.push({ harm: "lost", what: `${id} (${nameOf(urn)}) is in the state of ${stack} and does not live` });
    }
    for (const { type, resource } of state.pending) found.push({ harm: "left behind", what: `${type} ${nameOf(resource.urn)} never ended` });
  }
  for (const { id, urn } of world.cloud.things.values())
    if (!recorded.has(id)) found.push({ harm: "lost", what: `${id} (${nameOf(urn)}) lives and is in no state` });
  return found;
}

function leftBehind(world: World): readonly Violation[] {
  const locks = [...world.backend.locks.values()].map(({ name, stack }) => `${name} on ${stack}`);
  const engines = world.hosts.flatMap((host) => host.living().map(({ name, pid }) => `${name} (${pid} on ${host.name})`));
  return [...locks, ...engines].map((what) => ({ harm: "left behind", what }));
}

/** The ledger counts one by one, and says at last that every stack is good at what the branch says. */
function unnamed(world: World, models: ReadonlyMap<string, Model>): readonly Violation[] {
  const last = world.recorded.at(-1)?.record;
  if (last === undefined) return [{ harm: "unnamed", what: "there is no ledger" }];
  const head = world.remote.refs.get(branchRef) ?? "";
  const found: Violation[] = [];
  if (last.lease !== null) found.push({ harm: "left behind", what: `the lease of run ${last.lease.run}` });
  if (last.branch?.head !== head)
    found.push({ harm: "unnamed", what: `the branch is at ${head.slice(0, 7)}, the ledger says ${last.branch?.head.slice(0, 7)}` });
  for (const [stack, { result }] of Object.entries(last.stacks)) if (result !== "good") found.push({ harm: "unnamed", what: `${stack} is ${result}` });
  for (const [stack, things] of Object.entries(models.get(head) ?? {}))
    for (const what of differences(world, stack, { things })) found.push({ harm: "lost", what: `${stack} in the end: ${what}` });
  for (const [at, { record }] of world.recorded.entries()) {
    const before = world.recorded[at - 1]?.record;
    if (before !== undefined && (record.sequence !== before.sequence + 1 || record.fencing < before.fencing))
      found.push({ harm: "broken", what: `the ledger went from ${before.sequence} to ${record.sequence}` });
  }
  return found;
}

export function checked(world: World, models: ReadonlyMap<string, Model>): readonly Violation[] {
  return [...doubled(world), ...overlapped(world), ...lost(world), ...leftBehind(world), ...unnamed(world, models)];
}
