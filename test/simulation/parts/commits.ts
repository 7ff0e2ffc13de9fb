import { modelFile, type Model, type Wanted } from "./model.ts";
import type { Random } from "./random.ts";

const stacks = ["base", "app", "side"] as const;
const kinds: readonly Wanted["named"][] = ["cloud", "cloud", "drawn", "said"];

/** The first commit: each stack has an anchor, which stays, and perhaps more. */
export function firstModel(random: Random): Model {
  return Object.fromEntries(
    stacks.map((stack) => {
      const more = Object.fromEntries(Array.from({ length: random.below(2) }, (_, at) => [`${stack}-${at}`, thing(random)]));
      return [stack, { [`${stack}-anchor`]: thing(random), ...more }];
    }),
  );
}

const thing = (random: Random): Wanted => ({ shape: 1, revision: 1, named: random.pick(kinds) });

function changed(wanted: Wanted, random: Random): Wanted {
  return random.chance(0.3) ? { ...wanted, shape: wanted.shape + 1 } : { ...wanted, revision: wanted.revision + 1 };
}

/** A later commit: one or two stacks change. A thing that goes never comes back under its name. */
export function nextModel(before: Model, random: Random, serial: number): Model {
  const touched = new Set([random.pick(stacks), ...(random.chance(0.4) ? [random.pick(stacks)] : [])]);
  return Object.fromEntries(
    Object.entries(before).map(([stack, things]) => {
      if (!touched.has(stack as (typeof stacks)[number])) return [stack, things];
      const entries = Object.entries(things);
      const how = random.below(4);
      const victim = random.pick(entries)[0];
      if (how === 0) return [stack, { ...things, [`${stack}-n${serial}`]: thing(random) }];
      if (how === 1 && !victim.endsWith("-anchor")) return [stack, Object.fromEntries(entries.filter(([name]) => name !== victim))];
      return [stack, Object.fromEntries(entries.map(([name, wanted]) => [name, name === victim ? changed(wanted, random) : wanted]))];
    }),
  );
}

/** The last commit: something of every stack is new, so that whoever comes must take the lease and act. */
export function lastModel(before: Model): Model {
  return Object.fromEntries(
    Object.entries(before).map(([stack, things]) => [
      stack,
      Object.fromEntries(
        Object.entries(things).map(([name, wanted]) => [name, name.endsWith("-anchor") ? { ...wanted, revision: wanted.revision + 100 } : wanted]),
      ),
    ]),
  );
}

export const filesOf = (model: Model): Readonly<Record<string, string>> => ({ [modelFile]: JSON.stringify(model) });
