import { anchorOf, elsewhereFile, modelFile, type Model, type Wanted } from "./model.ts";
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

export const filesOf = (model: Model, isElsewhere = false): Readonly<Record<string, string>> => ({
  [modelFile]: JSON.stringify(model),
  ...(isElsewhere ? { [elsewhereFile]: "" } : {}),
});

const mapped = (model: Model, change: (wanted: Wanted, name: string, stack: string) => Wanted | undefined): Model =>
  Object.fromEntries(
    Object.entries(model).map(([stack, things]) => [
      stack,
      Object.fromEntries(
        Object.entries(things).flatMap(([name, wanted]) => {
          const next = change(wanted, name, stack);
          return next === undefined ? [] : [[name, next] as const];
        }),
      ),
    ]),
  );

function plain({ wrong, ...wanted }: Wanted): Wanted {
  return wrong === undefined ? { ...wanted } : wanted;
}

/** With nothing in it that cannot be made or does not work. */
export const mended = (model: Model): Model => mapped(model, plain);

/** The first commit of a story about units: things that hold data, and things that are made on base's anchor. */
export function furnished(model: Model, random: Random): Model {
  const data = Object.fromEntries(
    stacks.flatMap((stack) => (random.chance(0.4) ? [[stack, { [`${stack}-data`]: { shape: 1, revision: 1, named: "kept" as const } }]] : [])),
  );
  const follower: Model[string] = random.chance(0.5)
    ? { "app-on": { shape: 1, revision: 1, named: random.pick(["cloud", "kept"] as const), follows: true } }
    : {};
  return Object.fromEntries(Object.entries(model).map(([stack, things]) => [stack, { ...things, ...data[stack], ...(stack === "app" ? follower : {}) }]));
}

/** How a commit is wrong. */
const wrongs = ["refused", "ill", "ill", "data", "data that is ill", "anchor", "anchor", "elsewhere"] as const;

/** Data keeps its shape and its place: whoever means to lose it says so to a person. */
function careful(before: Model, after: Model): Model {
  const kept = Object.entries(after).map(([stack, things]) => {
    const data = Object.entries(before[stack] ?? {}).filter(([, { named }]) => named === "kept");
    return [stack, { ...things, ...Object.fromEntries(data.map(([name, was]) => [name, { ...(things[name] ?? was), shape: was.shape }])) }];
  });
  return Object.fromEntries(kept) as Model;
}

/** What is new or other in a commit. */
function touchedIn(before: Model, after: Model): readonly (readonly [string, string])[] {
  return Object.entries(after).flatMap(([stack, things]) =>
    Object.entries(things).flatMap(([name, wanted]) => (JSON.stringify(before[stack]?.[name]) === JSON.stringify(wanted) ? [] : [[stack, name] as const])),
  );
}

/** A later commit of such a story: usually sound, sometimes what mends or takes back the last one, often wrong. */
export function unitModel(
  before: { readonly model: Model; readonly older: Model },
  random: Random,
  serial: number,
): { readonly model: Model; readonly isElsewhere: boolean } {
  const { model, older } = before;
  if (random.chance(0.15)) return { model: older, isElsewhere: false };
  const from = random.chance(0.6) ? mended(model) : model;
  const next = careful(from, nextModel(nextModel(from, random, 2 * serial), random, 2 * serial + 1));
  if (random.chance(0.35)) return { model: next, isElsewhere: false };
  const wrong = random.pick(wrongs);
  if (wrong === "elsewhere") return { model: next, isElsewhere: true };
  return { model: spoiled(from, next, { wrong, random, serial }), isElsewhere: false };
}

function spoiled(
  before: Model,
  next: Model,
  { wrong, random, serial }: { readonly wrong: (typeof wrongs)[number]; readonly random: Random; readonly serial: number },
): Model {
  const touched = touchedIn(before, next);
  const [stack, name] = touched.length === 0 ? ["side", anchorOf("side")] : random.pick(touched);
  if (wrong === "anchor") return mapped(next, (wanted, one) => (one === anchorOf("base") ? { ...wanted, shape: wanted.shape + 1 } : wanted));
  if (wrong === "data that is ill")
    return { ...next, [stack]: { ...next[stack], [`${stack}-d${serial}`]: { shape: 1, revision: 1, named: "kept", wrong: "ill" } } };
  if (wrong === "data")
    return mapped(next, (wanted) =>
      wanted.named !== "kept" || random.chance(0.4) ? wanted : random.chance(0.5) ? { ...wanted, shape: wanted.shape + 1 } : undefined,
    );
  const kind = wrong === "refused" ? "refused" : "ill";
  return mapped(next, (wanted, one, of) => (of === stack && one === name ? { ...wanted, wrong: kind } : wanted));
}
