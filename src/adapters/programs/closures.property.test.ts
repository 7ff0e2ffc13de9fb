import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { thisMachine } from "../../base/process/index.ts";
import { resolveEnvironment } from "../../domain/environments/index.ts";
import { closureDigest, plan, type Closure, type ClosurePart } from "../../domain/planner/index.ts";
import { openPrograms } from "./index.ts";
import { declared, edges, estate, organisation, stackOf } from "./testing/edges.ts";
import { TestRepository, type Files } from "./testing/git-tree.ts";

const everyPart: readonly ClosurePart[] = ["files", "config", "packages", "declaration", "policies"];
const runs = thisMachine().variable("TRUEUP_TEST_SIZE") === "full" ? 400 : 60;
const seed = 20_261_121;

/** The estate of the examples in layers that its reads may cross: `a` reads `b`, and the existing project reads `a`. */
const at = (count: number) =>
  resolveEnvironment(
    "dev",
    { ...declared, stacks: { ...declared.stacks, network: { ...declared.stacks.network, layer: "mesh" }, a: stackOf("a", { args: { count } }) } },
    organisation,
  );
const readers: Readonly<Record<string, readonly string[]>> = { b: ["a", "network"], a: ["network"] };

interface Commit {
  /** Indexes of the edges; of two that touch the same file only the first is part of the commit. */
  readonly drawn: readonly number[];
  readonly count: number;
}
const commits: fc.Arbitrary<Commit> = fc.record({
  drawn: fc.uniqueArray(fc.nat({ max: edges.length - 1 }), { maxLength: 4 }),
  count: fc.constantFrom(1, 1, 1, 2),
});

function apart(drawn: readonly number[]): (typeof edges)[number][] {
  const taken = new Set<string>();
  return drawn
    .map((index) => edges[index] as (typeof edges)[number])
    .filter(([, files]) => {
      const paths = Object.keys(files);
      const isFree = paths.every((path) => !taken.has(path));
      if (isFree) for (const path of paths) taken.add(path);
      return isFree;
    });
}

const repository = new TestRepository();
const programs = openPrograms({ machine: thisMachine(), work: `${repository.folder}/work`, checkout: repository.folder });
afterAll(() => repository.remove());

const known = new Map<string, Promise<readonly Closure[]>>();
/** Closures of the commit, from git objects; read once for all the properties that draw the same commit. */
function closuresOf(commit: Commit): Promise<readonly Closure[]> {
  const key = JSON.stringify(commit);
  const files: Files = Object.assign({}, estate, ...apart(commit.drawn).map(([, edit]) => edit));
  const read = known.get(key) ?? programs.closures(repository.tree(files), at(commit.count));
  known.set(key, read);
  return read;
}

/** What the examples say of each change alone, put together, and from there along the outputs that are read. */
function expected(commit: Commit): { readonly affected: string[]; readonly candidates: string[] } {
  const touched = new Set([...apart(commit.drawn).flatMap(([, , stacks]) => stacks), ...(commit.count === 1 ? [] : ["a"])]);
  const below = new Set([...touched].flatMap((stack) => readers[stack] ?? []).filter((stack) => !touched.has(stack)));
  return { affected: [...touched].sort(), candidates: [...below].sort() };
}

async function planned(commit: Commit, digestParts: readonly ClosurePart[]): Promise<ReturnType<typeof expected>> {
  const previous = await closuresOf({ drawn: [], count: 1 });
  const live = Object.fromEntries(
    previous.map((closure) => [closure.stack, { closureDigest: closureDigest(closure, digestParts), result: "good" as const, commit: "live" }]),
  );
  const found = plan({ environment: at(commit.count), commit: "head", closures: await closuresOf(commit), live, previous, digestParts });
  const affected = found.units.flatMap(({ waves }) => waves.flat().map(({ stack }) => stack.name));
  return { affected: affected.sort(), candidates: found.candidates.map(({ stack }) => stack.name).sort() };
}

/** The commits for which the plan says something else than the model; none of the draws may throw. */
async function disagreements(digestParts: readonly ClosurePart[]): Promise<unknown[]> {
  const found: unknown[] = [];
  const property = fc.asyncProperty(commits, async (commit) => {
    const [says, model] = [await planned(commit, digestParts), expected(commit)];
    if (JSON.stringify(says) !== JSON.stringify(model)) found.push({ commit: apart(commit.drawn).map(([name]) => name), count: commit.count, says, model });
  });
  await fc.assert(property, { numRuns: runs, seed });
  return found;
}

describe("what a commit with several changes reaches, from git objects to the plan", () => {
  it("is what each change reaches alone, and from there what reads outputs", async () => {
    expect(await disagreements(everyPart)).toEqual([]);
  });

  it.each(everyPart)("control: with the %s edge switched off the same property fails", async (off) => {
    expect(await disagreements(everyPart.filter((part) => part !== off))).not.toEqual([]);
  });

  it("control: the commits drawn reach every stack, none, and one by its reads alone", async () => {
    const seen = fc.sample(commits, { numRuns: runs, seed }).map(expected);
    expect(new Set(seen.flatMap(({ affected }) => affected))).toEqual(new Set(["network", "a", "b", "c"]));
    expect(seen.some(({ affected }) => affected.length === 0)).toBe(true);
    expect(seen.some(({ candidates }) => candidates.includes("a"))).toBe(true);
  });
});
