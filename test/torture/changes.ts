import { randomOf } from "../../src/satellites/forge-standin/index.ts";
import { anchor, poison, type Model, type Thing } from "./estate-files.ts";
import { pick, type Beat } from "./story.ts";

type Things = Readonly<Record<string, Thing>>;

const mostThings = 4;

/** One thing made, changed, replaced or taken away. `kinds` are what a thing that is made may be called. */
function changed(things: Things, kinds: readonly string[], next: () => number): Things {
  const others = Object.keys(things).filter((name) => name !== anchor && name !== poison);
  const ways = ["create", "create", "update", "replace", "delete"] as const;
  const way = pick(
    next,
    ways.filter((one) => (one === "create" ? others.length < mostThings : one === "delete" ? others.length > 0 : true)),
  );
  if (way === "create") {
    const name = `${pick(next, kinds)}${Math.floor(next() * 1e6).toString(36)}`;
    return { ...things, [name]: { shape: 3 + Math.floor(next() * 200), revision: 1 } };
  }
  const name = pick(next, way === "delete" ? others : [anchor, ...others]);
  const { [name]: one = { shape: 1, revision: 1 }, ...rest } = things;
  if (way === "delete") return rest;
  const next1 = way === "update" ? { ...one, revision: one.revision + 1 } : { shape: (one.shape % 250) + 1, revision: one.revision };
  // In its place: the anchor stays the first.
  return Object.fromEntries(Object.entries(things).map(([key, thing]) => [key, key === name ? next1 : thing]));
}

/** What one merge makes of an estate: each of one or two of its stacks changes in one thing. */
export function nextModel(model: Model, kinds: readonly string[], { seed, changes }: Pick<Beat, "seed" | "changes">): Model {
  const next = randomOf(seed);
  let after: Model = model;
  for (let left = changes; left > 0; left--) {
    const stack = pick(next, Object.keys(after));
    after = { ...after, [stack]: changed(after[stack] ?? {}, kinds, next) };
  }
  return after;
}

/** The same, and one of its stacks says that it does not work. */
export function poisoned(model: Model, seed: number): Model {
  const stack = pick(randomOf(seed + 1), Object.keys(model));
  return { ...model, [stack]: { ...model[stack], [poison]: { shape: 251, revision: 1 } } };
}

/** Every stack works again; else as it is. */
export const mended = (model: Model): Model =>
  Object.fromEntries(Object.entries(model).map(([stack, things]) => [stack, Object.fromEntries(Object.entries(things).filter(([name]) => name !== poison))]));
