import type { EnvironmentRecord, RunRecord } from "../../../src/workflows/ledger/index.ts";
import { unitStates, unitWays, type UnitState } from "../../../src/domain/units/states.ts";
import type { Violation } from "./check.ts";
import { somebody } from "./cloud.ts";
import { nameOf, stackOf, type Model } from "./model.ts";
import { digestIn } from "./programs.ts";
import type { Begun, World } from "./world.ts";

type Veto = EnvironmentRecord["vetoes"][number];

const holdsData = (urn: string): boolean => urn.includes("::aws:rds/instance:");
const bare = (pulumiStack: string): string => pulumiStack.split(".").at(-1) ?? pulumiStack;
const isUnitState = (word: string): word is UnitState => (unitStates as readonly string[]).includes(word);

/** What failed and may not come again as it is, by the simulation's own book: a later push of something else, or somebody's word, lets it. */
export class Vetoed {
  readonly #world: World;
  readonly #kept = new Map<string, Veto["closureDigests"]>();
  readonly #lifted = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  /**
   * At each commit of the ledger; one of them lets all that failed be tried again. What a run sees the branch show otherwise may come again too, also where
   * somebody had pushed that before the ledger told of the failure.
   */
  recorded(models: ReadonlyMap<string, Model>): void {
    const { recorded, remote } = this.#world;
    const record = recorded.at(-1)?.record;
    // What is tried now is what the branch shows, too, though it may never be good.
    const tried = Object.values(record?.stacks ?? {}).find(({ result }) => result === "applying")?.commit;
    const shown = [record?.branch?.head, tried].map((commit) => models.get(commit ?? "")).filter((model) => model !== undefined);
    for (const [key, digests] of this.#kept) {
      const isHeld = record?.vetoes.some(({ run, unit }) => `${run} ${unit}` === key) === true;
      const isOther = shown.some((model) => Object.entries(digests).some(([stack, digest]) => digestIn(model, stack) !== digest));
      if (!isHeld && isOther) this.#kept.delete(key);
    }
    if (remote.objects.commits.get(recorded.at(-1)?.head ?? "")?.subject.includes("be tried again") === true) this.#kept.clear();
    for (const { closureDigests, state, run, unit } of this.#world.recorded.at(-1)?.record.vetoes ?? [])
      if (state !== "rollingBack" && Object.keys(closureDigests).length > 0 && !this.#lifted.has(`${run} ${unit}`))
        this.#kept.set(`${run} ${unit}`, closureDigests);
  }

  /** Somebody pushed something: what it has otherwise may be tried. */
  pushed(model: Model): void {
    for (const [key, digests] of this.#kept)
      if (Object.entries(digests).some(([stack, digest]) => digestIn(model, stack) !== digest)) {
        this.#kept.delete(key);
        this.#lifted.add(key);
      }
  }

  /** At the start of each engine. */
  begun({ directory, stack, applies, isGoingBack }: Begun): readonly Violation[] {
    if (!applies || isGoingBack) return [];
    const { programs, recorded } = this.#world;
    const now = recorded.at(-1)?.record;
    const open = now?.vetoes.find(({ state, waves = [], run }) => state === "rollingBack" && run !== now.lease?.run && waves.flat().includes(stack));
    if (open !== undefined) return [{ harm: "overlapped", what: `${stack} was begun while it was still to be taken back since run ${open.run}` }];
    const again = [...this.#kept.values()].find(
      (digests) => digests[stack] !== undefined && Object.entries(digests).every(([name, digest]) => digestIn(programs.modelIn(directory), name) === digest),
    );
    return again === undefined ? [] : [{ harm: "repeated", what: `${stack} is applied again as it failed, at ${this.#world.scheduler.nowMs / 1000} s` }];
  }
}

/** Nobody begins a stack of a unit that is still to be taken back; but the run that takes it back. */
export function overtaken({ recorded }: World): readonly Violation[] {
  const [before, now] = [recorded.at(-2)?.record, recorded.at(-1)?.record];
  const open =
    before?.vetoes.filter(({ state, run, unit }) => state === "rollingBack" && now?.vetoes.some((one) => one.run === run && one.unit === unit)) ?? [];
  return Object.entries(now?.stacks ?? {}).flatMap(([stack, { result, run }]) => {
    if (result !== "applying" || now?.lease?.run !== run) return [];
    const first = open.find((one) => one.run !== run && one.waves?.flat().includes(stack) === true);
    return first === undefined
      ? []
      : [{ harm: "overlapped", what: `${run} began ${stack} while what failed in ${first.run} was still to be taken back` } as const];
  });
}

/** The record of a run that the ledger's newest commit wrote, where it did. */
function written({ recorded, remote: { objects } }: World): readonly RunRecord[] {
  const [before, now] = [recorded.at(-2), recorded.at(-1)];
  const known = before === undefined ? new Map<string, string>() : objects.filesOf(before.head);
  return [...objects.filesOf(now?.head ?? "")].flatMap(([path, blob]) =>
    path.startsWith("runs/") && known.get(path) !== blob ? [JSON.parse(String(objects.blobs.get(blob))) as RunRecord] : [],
  );
}

function wayOf({ id, phases = [] }: RunRecord["units"][number]): readonly Violation[] {
  const found: Violation[] = [];
  for (const [at, { state }] of phases.entries()) {
    const from = phases[at - 1]?.state;
    if (from === undefined && state !== "planned") found.push({ harm: "unnamed", what: `${id} began as ${state}` });
    if (!isUnitState(state)) found.push({ harm: "unnamed", what: `${id} is ${state}` });
    else if (from !== undefined && isUnitState(from) && !unitWays[from].includes(state))
      found.push({ harm: "unnamed", what: `${id} went from ${from} to ${state}` });
  }
  if (phases.filter(({ state }) => state === "rollingBack").length > 1) found.push({ harm: "repeated", what: `${id} was taken back twice in one run` });
  return found;
}

/** At each commit of the ledger: a run that is over says of each unit how it ended, by its machine; what is good stays live. */
export function unitsTold(world: World): readonly Violation[] {
  const live = world.recorded.at(-1)?.record.stacks ?? {};
  return written(world)
    .filter(({ result }) => result !== "running" && result !== "died")
    .flatMap((run) =>
      run.units.flatMap((unit) => {
        const found = [...wayOf(unit)];
        const ended = unit.phases?.at(-1)?.state;
        if (run.kind === "apply" && !isUnitState(unit.result) && unit.result !== run.result)
          found.push({ harm: "unnamed", what: `${unit.id} ended as ${unit.result}` });
        if (ended !== "good") return found;
        if (unit.back !== undefined) found.push({ harm: "untrue", what: `${unit.id} is said to be good and was taken back` });
        for (const { stack, action } of unit.stacks)
          if (action === "apply" && (live[stack]?.result !== "good" || live[stack].commit !== run.commit))
            found.push({ harm: "untrue", what: `${stack} of ${unit.id} was good at ${run.commit?.slice(0, 7)}, and is not live` });
        return found;
      }),
    );
}

/** When a stack's last good commit, as it was known at a time, had come into the ledger. */
function goodSince({ recorded }: World, stack: string, atMs: number): number {
  const known = recorded.filter((one) => one.atMs <= atMs);
  const good = known.at(-1)?.record.stacks[stack]?.lastGood;
  return known.find(({ record }) => record.stacks[stack]?.lastGood?.run === good?.run)?.atMs ?? 0;
}

/** Objects that trueup took away and may not: what holds data; and on the way back whatever is older than what is undone. */
export function destroyed(world: World): readonly Violation[] {
  const { cloud, begun, givenUp } = world;
  const found: Violation[] = [];
  const back = new Map(
    begun.filter(({ isGoingBack, applies }) => isGoingBack && applies).map(({ run, stack }) => [run.writer.name, { stack, atMs: run.beganMs }]),
  );
  const made = new Map<string, number>();
  for (const { op, urn, id, writer, endedMs } of [...cloud.deeds].sort((a, b) => a.endedMs - b.endedMs)) {
    if (op === "create") made.set(id, endedMs);
    if (op !== "delete" || writer.name === somebody) continue;
    const way = back.get(writer.name);
    const hasOther = cloud.deeds.some(
      (one) => one.op === "create" && one.urn === urn && one.id !== id && one.endedMs > (made.get(id) ?? 0) && one.endedMs < endedMs,
    );
    if (givenUp.has(urn)) continue;
    if (holdsData(urn)) found.push({ harm: "destroyed", what: `${id} (${nameOf(urn)}) holds data and was deleted by ${writer.name} at ${endedMs / 1000} s` });
    else if (way !== undefined && !hasOther && (made.get(id) ?? 0) < goodSince(world, way.stack, way.atMs))
      found.push({ harm: "destroyed", what: `${id} (${nameOf(urn)}) is older than what was undone and was deleted at ${endedMs / 1000} s` });
  }
  return found;
}

/** A repair touches what it found and nothing else, and makes nothing again that held data. */
export function overdone({ cloud, begun }: World): readonly Violation[] {
  const allowed = new Map(begun.flatMap(({ run, repairs }) => (repairs === undefined ? [] : [[run.writer.name, repairs] as const])));
  return cloud.deeds.flatMap(({ op, urn, writer, endedMs }): Violation[] => {
    const repairs = allowed.get(writer.name);
    if (repairs === undefined) return [];
    if (!repairs.has(urn)) return [{ harm: "untrue", what: `a repair did ${op} ${nameOf(urn)} at ${endedMs / 1000} s, which was not found` }];
    return op === "create" && holdsData(urn) ? [{ harm: "destroyed", what: `a repair made ${nameOf(urn)} again, whose data is gone` }] : [];
  });
}

/** Nothing of this environment is in another cloud. */
export function elsewhere({ otherCloud }: World): readonly Violation[] {
  return otherCloud.deeds.map(({ op, urn, endedMs }) => ({ harm: "doubled", what: `${op} ${nameOf(urn)} in another cloud at ${endedMs / 1000} s` }));
}

/** What is made on base's anchor is made on the one that lives. */
export function unfounded({ cloud }: World, model: Model): readonly Violation[] {
  const all = [...cloud.things.values()];
  // More than one that lives is told as that.
  const anchors: readonly unknown[] = all.filter(({ urn }) => nameOf(urn) === "base-anchor").map(({ id }) => id);
  return all.flatMap(({ urn, properties: { on } }): Violation[] => {
    const isMeant = model[bare(stackOf(urn))]?.[nameOf(urn)]?.follows === true;
    if (!isMeant || anchors.includes(on)) return [];
    return [{ harm: "untrue", what: `${nameOf(urn)} is made on ${JSON.stringify(on)}, and base-anchor is ${anchors.join(" and ")}` }];
  });
}
