import { randomOf } from "../../src/satellites/forge-standin/index.ts";
import { anchor, isData, poison, type Model, type Thing } from "./estate-files.ts";
import { pick, type Beat } from "./story.ts";

type Things = Readonly<Record<string, Thing>>;

const mostThings = 4;

/** One thing made, changed, replaced or taken away. `kinds` are what a thing that is made may be called. */
function changed(things: Things, kinds: readonly string[], next: () => number): Things {
  const others = Object.keys(things).filter((name) => name !== anchor && name !== poison);
  // Nobody takes data away in a merge that is good.
  const lossy = others.filter((name) => !isData(name));
  const ways = ["create", "create", "update", "replace", "delete"] as const;
  const way = pick(
    next,
    ways.filter((one) => (one === "create" ? others.length < mostThings : one === "delete" ? lossy.length > 0 : true)),
  );
  if (way === "create") {
    const name = `${pick(next, kinds)}${Math.floor(next() * 1e6).toString(36)}`;
    return { ...things, [name]: { shape: 3 + Math.floor(next() * 200), revision: 1 } };
  }
  const name = pick(next, way === "delete" ? lossy : [anchor, ...(way === "replace" ? lossy : others)]);
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

/** The same, and data of one of its stacks is gone, or would be another one. Undefined where there is none. */
export function unfit(model: Model, seed: number): { readonly model: Model; readonly stack: string; readonly name: string; readonly thing: Thing } | undefined {
  const next = randomOf(seed + 4);
  const all = Object.entries(model).flatMap(([stack, things]) =>
    Object.entries(things).flatMap(([name, thing]) => (isData(name) ? [{ stack, name, thing }] : [])),
  );
  if (all.length === 0) return undefined;
  const { stack, name, thing } = pick(next, all);
  const { [name]: _, ...rest } = model[stack] ?? {};
  const left = next() < 0.5 ? rest : { ...rest, [name]: { ...thing, shape: thing.shape + 1 } };
  return { model: { ...model, [stack]: left }, stack, name, thing };
}

/** The same, and one of its stacks says that it does not work. */
export function poisoned(model: Model, seed: number): Model {
  const stack = pick(randomOf(seed + 1), Object.keys(model));
  return { ...model, [stack]: { ...model[stack], [poison]: { shape: 251, revision: 1 } } };
}

/** Every stack works again; else as it is. */
export const mended = (model: Model): Model =>
  Object.fromEntries(Object.entries(model).map(([stack, things]) => [stack, Object.fromEntries(Object.entries(things).filter(([name]) => name !== poison))]));
