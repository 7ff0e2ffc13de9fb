import { afterAll, describe, expect, test, vi } from "vitest";
import type { Engine, StackSite } from "../../src/adapters/engine/index.ts";
import { applyEnvironment } from "../../src/workflows/apply/index.ts";
import { prepareSites, readRevision, type Estate } from "../../src/workflows/estate/index.ts";
import { engine, Home, isFull } from "../journeys/estate.ts";
import { actingWith } from "./acting.ts";
import { atTheEnd, midway, sofar, type Violation } from "./check.ts";
import { mended, poisoned, unfit } from "./changes.ts";
import type { Model, Things } from "./estate-files.ts";
import { killFrozen } from "./kills.ts";
import { processesIn, send } from "./processes.ts";
import { drawStory } from "./story.ts";
import { Runner } from "./watch.ts";
import { headOf, landModel, locksIn, newWorld, removePrepared, type World } from "./world.ts";

vi.setConfig({ testTimeout: 300_000 });

const deadlineMs = 60_000;
const harmsOf = (violations: readonly Violation[]): readonly string[] => [...new Set(violations.map(({ harm }) => harm))].toSorted();
const withThing = (model: Model, revision = 1): Model => ({ base: { ...model["base"], wanted: { shape: 77, revision } } });

/** The engine and the place of the only stack at a commit, as a runner has them that lacks what stands before them. */
async function unguarded(world: World, commit?: string, home: Home = world.home): Promise<{ readonly engine: Engine; readonly site: StackSite }> {
  const estate = await home.open();
  await estate.repository.fetch();
  const revision = await readRevision(estate, commit ?? (await headOf(world)), "dev");
  const [stack] = revision.environment.stacks;
  if (stack === undefined) throw new Error("nothing is declared");
  const sites = await prepareSites(estate, revision, [stack]);
  return { engine: await estate.engine(revision.environment), site: await sites.site(stack) };
}

async function inWorld(act: (world: World) => Promise<void>, things: Things = "plain"): Promise<void> {
  const world = await newWorld(1, things);
  try {
    await act(world);
  } finally {
    for (const { pid } of processesIn(world.home.folder)) send(pid, "SIGKILL");
    await world.home.remove();
  }
}

/** The estate of a world that finds nothing in the ledger that failed and is not to be tried again. */
async function vetoless(world: World): Promise<Estate> {
  const estate = await world.home.open();
  const repository = new Proxy(estate.repository, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (name !== "read") return value.bind(target) as unknown;
      const read: typeof target.read = async (...asked) => {
        const content = await target.read(...asked);
        if (content === undefined || asked[1] !== "environment.json") return content;
        const record = JSON.parse(String(content)) as { readonly vetoes: readonly { readonly state?: string }[] };
        return Buffer.from(JSON.stringify({ ...record, vetoes: record.vetoes.filter(({ state }) => state === "rollingBack") }));
      };
      return read;
    },
  });
  return { ...estate, repository };
}

const apply = (world: World): Runner => new Runner(world, ["apply", "dev"], {});

/** Guards of trueup, each left out by hand: the harm that it keeps away is done, and the checker says so. */
describe.skipIf(engine === undefined)("control", () => {
  afterAll(removePrepared);

  test.runIf(isFull)("without the gate before a run, what a killed engine had made is made again", () =>
    inWorld(async (world) => {
      await landModel(world, withThing(world.model));
      const [beat] = drawStory(1, 1, { kinds: ["kill-frozen"] }).beats;
      if (beat === undefined) throw new Error("no story");
      const fault = { ...beat.fault, nth: 1, dice: [1, 1, 1] as const };
      expect(await killFrozen({ world, fault, start: () => apply(world), note: () => undefined })).toMatchObject({ injected: true });
      world.home.cloud.fault.clear();
      expect(await sofar(world)).toEqual([]);
      const bare = await unguarded(world);
      await bare.engine.up(bare.site, { refresh: false, deadlineMs });
      await world.home.close();
      expect(harmsOf(await atTheEnd(world))).toEqual(expect.arrayContaining(["doubled", "left behind", "lost"]));
    }),
  );

  test.runIf(isFull)("without the lease, who comes late with an old commit undoes what is said to be good", () =>
    inWorld(async (world) => {
      const old = await landModel(world, withThing(world.model, 1));
      const late = await unguarded(world, old);
      await landModel(world, withThing(world.model, 2));
      expect((await apply(world).ended).exit).toBe(0);
      expect(await midway(world)).toEqual([]);
      await late.engine.up(late.site, { refresh: false, deadlineMs });
      await world.home.close();
      expect(harmsOf(await midway(world))).toEqual(["untrue"]);
    }),
  );

  test.runIf(isFull)("without the death of the old engine before a takeover, two write one stack at a time", () =>
    inWorld(async (world) => {
      await landModel(world, withThing(world.model));
      world.home.cloud.fault.add({ kind: "latency", latencyMs: 20_000, op: "create", times: 1 });
      const held = apply(world);
      expect(await held.until(({ begun }) => begun > 0)).toBe(true);
      send(held.pid, "SIGSTOP");
      const bare = await unguarded(world);
      const [lock] = (await bare.engine.locks(bare.site)) ?? [];
      await bare.engine.removeLock(bare.site, lock?.name ?? "");
      await bare.engine.up(bare.site, { refresh: false, deadlineMs });
      await held.until(({ committed }) => committed >= 2);
      send(held.pid, "SIGCONT");
      await held.ended;
      await world.home.close();
      expect(harmsOf(await sofar(world))).toEqual(["doubled", "overlapped"]);
    }),
  );

  test.runIf(isFull)("without the rule that only our own dead engine's lock is taken away, somebody who is at work is joined", () =>
    inWorld(async (world) => {
      await landModel(world, withThing(world.model));
      world.home.cloud.fault.add({ kind: "latency", latencyMs: 40_000, op: "create", times: 1 });
      const laptop = new Home(world.home.folder);
      const person = await unguarded(world, undefined, laptop);
      const working = person.engine.up(person.site, { refresh: false, deadlineMs });
      while (locksIn(world).length === 0 || world.home.cloud.ledger().every(({ urn, phase }) => !urn.endsWith("::wanted") || phase !== "begin"))
        await new Promise((done) => void setTimeout(done, 20));
      expect(await apply(world).ended).toMatchObject({ exit: 10, err: expect.stringContaining("STATE_LOCKED") });
      const bare = await unguarded(world);
      await bare.engine.cancel(bare.site);
      await bare.engine.up(bare.site, { refresh: false, deadlineMs });
      await working.catch(() => undefined);
      await laptop.close();
      await world.home.close();
      expect(harmsOf(await sofar(world))).toEqual(["doubled", "overlapped"]);
    }),
  );

  test.runIf(isFull)("without the journal of steps, a creation whose answer was lost is made again", () =>
    inWorld(async (world) => {
      await landModel(world, withThing(world.model));
      world.home.cloud.fault.add({ kind: "fail-after", op: "create", times: 1 });
      const estate = await actingWith(world, (up, site, limits) => up(site, { ...limits, onProgress: () => undefined }));
      expect((await applyEnvironment(estate, { environment: "dev", all: false })).problem?.exitCode).toBe(1);
      expect((await world.home.run(["retry", "dev"])).exit).toBe(0);
      expect((await apply(world).ended).exit).toBe(0);
      // The satellites of this very process still run.
      expect(harmsOf(await atTheEnd(world)).filter((harm) => harm !== "left behind")).toEqual(["doubled", "lost"]);
    }),
  );

  test.runIf(isFull)("without the veto, what failed is applied again though nobody said so", () =>
    inWorld(async (world) => {
      await landModel(world, poisoned(withThing(world.model), 1));
      expect((await apply(world).ended).exit).toBe(14);
      // With it nothing is begun.
      expect((await apply(world).ended).exit).toBe(11);
      expect(await midway(world)).toEqual([]);
      const estate = await vetoless(world);
      expect((await applyEnvironment(estate, { environment: "dev", all: false })).problem?.exitCode).toBe(14);
      await world.home.close();
      expect(harmsOf(await midway(world))).toEqual(["repeated"]);
      await landModel(world, mended(world.model));
      expect((await apply(world).ended).exit).toBe(0);
    }),
  );

  test.runIf(isFull)("without the guards of what holds data, a merge that takes it away destroys it", () =>
    inWorld(async (world) => {
      const taken = unfit(world.model, 1);
      if (taken === undefined) throw new Error("there is no data");
      await landModel(world, taken.model);
      expect(await apply(world).ended).toMatchObject({ exit: 11, err: expect.stringMatching(`what holds data would be lost: .*${taken.name}`) });
      expect(await midway(world)).toEqual([]);
      const bare = await unguarded(world);
      await bare.engine.up(bare.site, { refresh: false, deadlineMs });
      await world.home.close();
      expect(harmsOf(await sofar(world))).toEqual(["destroyed"]);
    }, "data"),
  );
});
