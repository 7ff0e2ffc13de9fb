import type { Harm } from "../../scripts/torture/record.ts";
import { record, runs } from "../journeys/evidence.ts";
import { backTwice, repeated, untold } from "./again.ts";
import { anchor, far, isData, objectsOf, thingOf, type Model } from "./estate-files.ts";
import { cloudLines, liveThings, nameOf, stackOf, stateOf, type CloudLine } from "./evidence.ts";
import { history } from "./history.ts";
import { processesIn } from "./processes.ts";
import { headOf, locksIn, type World } from "./world.ts";

export interface Violation {
  readonly harm: Harm;
  readonly what: string;
}

const say = (harm: Harm, what: string): Violation => ({ harm, what });

/** How many creations of each object the branch has asked for: each appearance, and each other shape, is one. */
export function wantedCreations(world: World): ReadonlyMap<string, number> {
  const wanted = new Map<string, number>();
  let before: Model = {};
  for (const model of world.said.values()) {
    for (const [stack, things] of Object.entries(model))
      for (const [name, { shape }] of Object.entries(things)) {
        if (before[stack]?.[name]?.shape === shape) continue;
        for (const object of objectsOf(name)) wanted.set(`${stack} ${object}`, (wanted.get(`${stack} ${object}`) ?? 0) + 1);
      }
    before = model;
  }
  return wanted;
}

/** The units that were taken back, as the ledger has told before it was done: of each its stacks. */
export async function takenBack(world: World): Promise<readonly (readonly string[])[]> {
  const vetoes = new Map((await history(world)).flatMap(({ kept }) => (kept.vetoes ?? []).map((veto) => [`${veto.run} ${veto.unit ?? ""}`, veto] as const)));
  return [...vetoes.values()].map(({ waves = [] }) => waves.flat());
}

/** More creations than were ever asked for. Taking a stack back may make a thing once more, and trying it again too. */
export async function doubled(world: World, lines: readonly CloudLine[]): Promise<readonly Violation[]> {
  const made = new Map<string, number>();
  for (const { op, phase, urn } of lines)
    if (op === "create" && phase === "commit") made.set(`${stackOf(urn)} ${nameOf(urn)}`, (made.get(`${stackOf(urn)} ${nameOf(urn)}`) ?? 0) + 1);
  const [wanted, back] = [wantedCreations(world), (await takenBack(world)).flat()];
  return [...made].flatMap(([thing, times]) => {
    const most = (wanted.get(thing) ?? 0) + (world.gone.get(thing) ?? 0) + 2 * back.filter((stack) => stack === thing.split(" ")[0]).length;
    return times > most ? [say("doubled", `${thing} was made ${times} times, asked for ${most} times`)] : [];
  });
}

/** What holds data goes when a person has agreed to exactly that, and in no story anybody does: whoever of trueup deletes it was wrong. */
export const destroyed = (lines: readonly CloudLine[]): readonly Violation[] =>
  lines
    .filter(({ op, phase, actor, urn }) => op === "delete" && phase === "commit" && actor === "engine" && isData(nameOf(urn)))
    .map(({ id, urn }) => say("destroyed", `${id} (${stackOf(urn)} ${nameOf(urn)}) holds data and was deleted`));

interface Span {
  readonly writer: string;
  readonly stack: string;
  from: number;
  to: number;
}

/** Two provider instances at one stack at a time: from its first line to its last one each is at work. */
export function overlapped(lines: readonly CloudLine[]): readonly Violation[] {
  const spans = new Map<string, Span>();
  for (const [at, { writer, urn }] of lines.entries()) {
    // What has a provider of its own is rightly written by another instance than the rest.
    if (writer === undefined || nameOf(urn).startsWith(far)) continue;
    const key = `${writer} ${stackOf(urn)}`;
    const span = spans.get(key) ?? { writer, stack: stackOf(urn), from: at, to: at };
    span.to = at;
    spans.set(key, span);
  }
  const all = [...spans.values()];
  return all.flatMap((one, index) =>
    all
      .slice(index + 1)
      .filter((other) => other.stack === one.stack && other.from < one.to && one.from < other.to)
      .map((other) => say("overlapped", `${one.stack} was written by ${one.writer} and ${other.writer} at a time`)),
  );
}

function differences(things: Model[string], live: ReturnType<typeof liveThings>): readonly string[] {
  const objects = Object.entries(things).flatMap(([name, thing]) => objectsOf(name).map((object) => ({ name: object, ...thing })));
  const missing = objects.flatMap(({ name, shape, revision }) => {
    const found = live.filter(({ urn }) => nameOf(urn) === name);
    return found.some((one) => one.shape === shape && one.revision === revision) ? [] : [`${name} should be ${shape}/${revision}, is ${words(found)}`];
  });
  const more = live.filter(({ urn }) => things[thingOf(nameOf(urn))] === undefined).map(({ urn }) => `${nameOf(urn)} should not be`);
  return [...missing, ...more];
}

const words = (found: ReturnType<typeof liveThings>): string => found.map(({ shape, revision }) => `${shape}/${revision}`).join(" and ") || "not there";

/** "good" and "rolled-back" name only a commit of which the resources are as it says. True at any moment at which nobody is at work. */
export async function untrue(world: World): Promise<readonly Violation[]> {
  // Somebody has changed it behind git's back: it is put right first.
  if (world.drifted || world.lost) return [];
  const live = liveThings(world);
  const { stacks } = await record(world.home);
  return Object.entries(stacks).flatMap(([stack, { result, lastGood }]) => {
    const said = world.said.get(lastGood?.commit ?? "")?.[stack];
    if ((result !== "good" && result !== "rolled-back") || said === undefined) return [];
    const own = live.filter(({ urn }) => stackOf(urn) === stack);
    return differences(said, own).map((one) => say("untrue", `${stack} is said to be ${result} at ${lastGood?.commit.slice(0, 7)}: ${one}`));
  });
}

/** Whatever lives is in the state, and the other way round; nothing is there twice. */
async function lost(world: World): Promise<readonly Violation[]> {
  const live = liveThings(world);
  const found: Violation[] = [];
  for (const stack of Object.keys(world.model)) {
    const { resources, pending, unreadable } = await stateOf(world, stack);
    if (unreadable !== undefined) {
      found.push(say("stuck", `the state of ${stack} cannot be read: ${unreadable}`));
      continue;
    }
    const own = live.filter(({ urn }) => stackOf(urn) === stack);
    for (const { id, urn } of own) if (!resources.some((one) => one.id === id)) found.push(say("lost", `${id} (${nameOf(urn)}) lives and is in no state`));
    for (const { id, urn } of resources)
      if (!own.some((one) => one.id === id)) found.push(say("lost", `${id} (${nameOf(urn)}) is in the state and does not live`));
    const twice = own.filter(({ urn }, index) => own.findIndex((other) => other.urn === urn) !== index);
    for (const { urn } of twice) found.push(say("doubled", `${stack} ${nameOf(urn)} lives twice`));
    for (const urn of pending) found.push(say("left behind", `an operation on ${nameOf(urn)} is still pending`));
  }
  return found;
}

/** What is above points to what is below, as it is now; and what rests on another one of its stack does so too. */
function reading(world: World): readonly Violation[] {
  const live = liveThings(world);
  const below = live.find(({ urn }) => stackOf(urn) === "base" && nameOf(urn) === anchor)?.id;
  const stale = live
    .filter(({ urn, below: told }) => stackOf(urn) !== "base" && told !== below)
    .map(({ urn, below: told }) => say("untrue", `${stackOf(urn)} ${nameOf(urn)} was made with ${told}, below is ${below}`));
  const loose = live
    .filter(({ restsOn }) => restsOn !== undefined && !live.some(({ id }) => id === restsOn))
    .map(({ urn, restsOn }) => say("untrue", `${stackOf(urn)} ${nameOf(urn)} rests on ${restsOn}, which does not live`));
  return [...stale, ...loose];
}

const endsWithinMs = 3_000;

async function leftBehind(world: World): Promise<readonly Violation[]> {
  const until = Date.now() + endsWithinMs;
  let processes = processesIn(world.home.folder);
  while (processes.length > 0 && Date.now() < until) {
    await new Promise((done) => void setTimeout(done, 50));
    processes = processesIn(world.home.folder);
  }
  return [
    ...processes.map(({ pid, words: said }) => say("left behind", `process ${pid} still runs: ${said}`)),
    ...locksIn(world).map((name) => say("left behind", `a lock: ${name}`)),
  ];
}

/** The ledger's own story: one more each time, never less, and whoever began is told to have ended somehow. */
async function ledger(world: World): Promise<readonly Violation[]> {
  const { home } = world;
  const entries = await history(world);
  const jumps = entries.flatMap(({ kept: { sequence, fencing } }, index) => {
    const before = entries[index - 1]?.kept;
    if (before === undefined) return [];
    return sequence === before.sequence + 1 && fencing >= before.fencing ? [] : [say("untrue", `the ledger goes from ${before.sequence} to ${sequence}`)];
  });
  const { lease, stacks } = await record(home);
  const head = await headOf(world);
  const held = lease === null ? [] : [say("stuck", `run ${lease.run} still holds the lease`)];
  const wanted = world.said.get(head) ?? {};
  const open = Object.keys(wanted).filter((stack) => stacks[stack]?.result !== "good");
  const all = await runs(home);
  const unnamed = all.filter(({ result }) => result === "running").map(({ id }) => say("unnamed", `run ${String(id)} is told to be running for ever`));
  return [
    ...jumps,
    ...held,
    ...open.map((stack) => say("stuck", `${stack} is ${stacks[stack]?.result ?? "not told of"}`)),
    ...unnamed,
    ...untold(entries, all, world.said),
    ...backTwice(all),
  ];
}

/** What can be said at any moment. */
export async function sofar(world: World): Promise<readonly Violation[]> {
  const lines = cloudLines(world);
  return [...(await doubled(world, lines)), ...overlapped(lines), ...destroyed(lines)];
}

/** What can be said while more is to come, when nobody is at work. */
export async function midway(world: World): Promise<readonly Violation[]> {
  return [...(await sofar(world)), ...(await untrue(world)), ...repeated(await history(world), world.said)];
}

/** Everything, at the end of a story. */
export async function atTheEnd(world: World): Promise<readonly Violation[]> {
  return [...(await midway(world)), ...(await lost(world)), ...reading(world), ...(await ledger(world)), ...(await leftBehind(world))];
}
