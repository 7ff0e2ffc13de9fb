import type { Violation } from "./check.ts";
import { somebody, type Deed } from "./cloud.ts";
import { nameOf, stackOf, type Model } from "./model.ts";
import { environmentName } from "./programs.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** What is lost; "one": of one stack. */
const losses = ["cloud", "one cloud", "one object", "state", "state", "one state", "one state", "both", "one both", "one state and another cloud"] as const;

/** What a loss left. */
export interface Left {
  readonly ids: ReadonlySet<string>;
  /** Urns of what is made on another stack's anchor, lost or not: on another anchor it is another object. */
  readonly follows: ReadonlySet<string>;
  /** Ids of what is not of the shape that was good last. */
  readonly others: ReadonlySet<string>;
}

function wipe({ cloud }: World, isGone: (urn: string) => boolean): void {
  for (const thing of cloud.things.values()) if (isGone(thing.urn)) cloud.meddle(thing, "gone");
}

/** What was kept beside the clones of it. */
function dropBackups({ hosts }: World, stack: string): void {
  for (const { files } of hosts) for (const path of files.keys()) if (path.includes(`/backups/${environmentName}/${stack}/`)) files.delete(path);
}

function dropStates(world: World, stacks: readonly string[], random: Random): void {
  const withBackups = random.chance(0.5);
  for (const stack of stacks) {
    world.backend.states.delete(`${environmentName}.${stack}`);
    if (withBackups) dropBackups(world, stack);
  }
  world.say(`the state of ${stacks.join(", ")} is lost${withBackups ? ", and what was kept of it" : ""}`);
}

/** Something of an environment that is well is lost. */
export function lose(world: World, random: Random, models: ReadonlyMap<string, Model>): Left {
  const follows = new Set([...world.cloud.things.values()].flatMap(({ urn, properties }) => (properties["on"] === undefined ? [] : [urn])));
  const stacks = ["base", "app", "side"];
  const how = random.pick(losses);
  const one = random.pick(stacks);
  const of = (stack: string) => (urn: string) => stackOf(urn) === `${environmentName}.${stack}`;
  world.say(`lost: ${how} (${one})`);
  if (how === "cloud" || how === "both") wipe(world, () => true);
  if (how === "one cloud" || how === "one both") wipe(world, of(one));
  if (how === "one state and another cloud") wipe(world, of(random.pick(stacks)));
  // Where all is gone already there is none more to lose.
  if (how === "one object" && world.cloud.things.size > 0) {
    const { urn } = random.pick([...world.cloud.things.values()]);
    wipe(world, (other) => other === urn);
  }
  if (how === "state" || how === "both") dropStates(world, stacks, random);
  if (how === "one state" || how === "one both" || how === "one state and another cloud") dropStates(world, [one], random);
  return { ids: new Set(world.cloud.things.keys()), follows, others: othersOf(world, models) };
}

/** Objects of another shape than what was good of them last: a half applied commit made them, and what was good comes back in their place. */
function othersOf({ cloud, recorded }: World, models: ReadonlyMap<string, Model>): ReadonlySet<string> {
  const live = recorded.at(-1)?.record.stacks ?? {};
  return new Set(
    [...cloud.things].flatMap(([id, { urn, properties }]) => {
      const stack = stackOf(urn).slice(environmentName.length + 1);
      const meant = models.get(live[stack]?.lastGood?.commit ?? "")?.[stack]?.[nameOf(urn)];
      return meant === undefined || meant.shape === properties["shape"] ? [] : [id];
    }),
  );
}

/** A rebuild takes in what a loss left: it takes none of that away, but what is made on an anchor that is another one now. */
export function takenAway({ cloud, begun }: World, { ids, follows, others }: Left): readonly Violation[] {
  const rebuilders = new Set(begun.flatMap(({ run, rebuilds }) => (rebuilds ? [run.writer.name] : [])));
  // An apply that never ended had put it in the place of another one.
  const isReplacement = ({ urn, id }: Deed, at: number): boolean => {
    const made = cloud.deeds.findLastIndex((deed, index) => index < at && deed.op === "create" && deed.id === id);
    const deed = cloud.deeds[made];
    if (deed === undefined || rebuilders.has(deed.writer.name)) return false;
    return deed.replaces || cloud.deeds.slice(0, made).some((one) => one.op === "delete" && one.urn === urn && one.writer.name === deed.writer.name);
  };
  // An apply that never ended had begun to make another one in its place.
  const isReplaced = (urn: string, id: string): boolean => {
    const made = cloud.deeds.findIndex((deed) => deed.op === "create" && deed.id === id);
    return cloud.deeds.slice(made + 1).some((deed) => deed.op === "create" && deed.replaces && deed.urn === urn && !rebuilders.has(deed.writer.name));
  };
  return cloud.deeds.flatMap((deed, at): Violation[] => {
    const { op, id, urn, writer, endedMs } = deed;
    if (op !== "delete" || writer.name === somebody || !rebuilders.has(writer.name)) return [];
    if (!ids.has(id) || follows.has(urn) || others.has(id) || isReplacement(deed, at) || isReplaced(urn, id)) return [];
    return [{ harm: "destroyed", what: `a rebuild took ${id} (${nameOf(urn)}) away at ${endedMs / 1000} s, which was not lost` }];
  });
}
