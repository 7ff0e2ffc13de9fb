import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { engine, isFull, type Told } from "../journeys/estate.ts";
import { atTheEnd, midway, type Violation } from "./check.ts";
import { liveThings, nameOf, stateFileOf } from "./evidence.ts";
import { householdOf } from "./kills.ts";
import { processesIn, send } from "./processes.ts";
import { Runner } from "./watch.ts";
import { isDone, land, landModel, ledgerFolder, newWorld, removePrepared, stateFolder, type World } from "./world.ts";

vi.setConfig({ testTimeout: 300_000 });

/** As much of a file as a full disk took before it took no more: what the engine renames into the place of the whole one. */
const cutOff = async (file: string): Promise<void> => {
  const text = await readFile(file, "utf8");
  await writeFile(file, text.slice(0, Math.floor((text.length - 1) / 4_096) * 4_096));
};

async function inWorld(act: (world: World) => Promise<void>): Promise<void> {
  const world = await newWorld(1);
  try {
    await act(world);
  } finally {
    for (const { pid } of processesIn(world.home.folder)) send(pid, "SIGKILL");
    await world.home.remove();
  }
}

const apply = (world: World): Runner => new Runner(world, ["apply", "dev"], {});

/** Everything of a run at once: created, changed, replaced, deleted; then it is killed when so many of its operations were done. */
async function killedAfter(world: World, done: number): Promise<void> {
  const { anchor = { shape: 1, revision: 1 }, ...rest } = world.model["base"] ?? {};
  await landModel(world, { base: { anchor, ...rest, old: { shape: 70, revision: 1 }, gone: { shape: 71, revision: 1 } } });
  expect((await apply(world).ended).exit).toBe(0);
  await landModel(world, {
    base: { anchor: { ...anchor, revision: 9 }, ...rest, old: { shape: 72, revision: 1 }, made: { shape: 73, revision: 1 }, more: { shape: 74, revision: 1 } },
  });
  world.home.cloud.fault.add({ kind: "latency", latencyMs: 300 });
  const runner = apply(world);
  expect(await runner.until(({ committed }) => committed >= done)).toBe(true);
  for (const pid of householdOf(runner)) send(pid, "SIGKILL");
  await runner.ended;
  world.home.cloud.fault.clear();
}

/** Who held the lease, and which engines it had, is still known: so is its death. */
async function forgetSteps(world: World): Promise<void> {
  const files = (await readdir(ledgerFolder(world))).filter((name) => name.startsWith("dev.sessions-")).map((name) => join(ledgerFolder(world), name));
  for (const file of files) {
    const lines = (await readFile(file, "utf8")).split("\n");
    await writeFile(file, lines.filter((line) => !line.startsWith('{"step":')).join("\n"));
  }
}

const backups = ({ home }: World): string => join(home.clone, ".trueup/backups/dev/base");
const harmsOf = (violations: readonly Violation[]): readonly string[] => [...new Set(violations.map(({ harm }) => harm))].toSorted();
const told = (ended: Told): string => `${ended.exit ?? "none"} ${ended.out}${ended.err}`;

describe.skipIf(engine === undefined)("a state that was cut off", () => {
  afterAll(removePrepared);

  // Each of them takes most of a minute.
  test.runIf(isFull).each([1, 3, 5])("is put together again after %i operations, from a copy and the journal", (done) =>
    inWorld(async (world) => {
      await killedAfter(world, done);
      await cutOff(stateFileOf(world, "base"));
      // The engine's own copy of the state before is not whole either: what trueup kept when the run began is.
      await cutOff(`${stateFileOf(world, "base")}.bak`);
      const explained = await world.home.run(["recover", "dev", "--explain"]);
      expect(told(explained)).toContain("put back from");
      expect(told(await apply(world).ended)).toMatch(/^0 /);
      expect(await isDone(world)).toBe(true);
      expect(await atTheEnd(world)).toEqual([]);
    }),
  );

  test.runIf(isFull)("control: without the journal the copy alone makes again what was made since", () =>
    inWorld(async (world) => {
      await killedAfter(world, 3);
      const [kept = ""] = (await readdir(backups(world))).toSorted().slice(-1);
      await forgetSteps(world);
      await rm(join(stateFolder(world), ".pulumi/locks"), { recursive: true });
      const { deployment } = JSON.parse(await readFile(join(backups(world), kept), "utf8")) as { readonly deployment: unknown };
      const whole = JSON.parse(await readFile(stateFileOf(world, "base"), "utf8")) as { readonly checkpoint: object };
      await writeFile(stateFileOf(world, "base"), JSON.stringify({ ...whole, checkpoint: { ...whole.checkpoint, latest: deployment } }));
      expect(told(await apply(world).ended)).toMatch(/^0 /);
      expect(harmsOf(await atTheEnd(world))).toEqual(["doubled", "lost"]);
    }),
  );

  test.runIf(isFull)("is left to a person where nobody wrote down what was done since, with the copy to go on with", () =>
    inWorld(async (world) => {
      await land(world, 1, 1);
      expect((await apply(world).ended).exit).toBe(0);
      await land(world, 2, 1);
      await cutOff(stateFileOf(world, "base"));
      const refused = await apply(world).ended;
      expect(told(refused)).toMatch(
        /^13 [^]*STATE_CORRUPTED[^]*no journal on this machine[^]*pulumi stack import -s dev\.base --file \.trueup\/backups\/dev\/base\/newest-copy\.json/,
      );
      expect(await atTheEnd(world)).toContainEqual(expect.objectContaining({ harm: "stuck", what: expect.stringContaining("cannot be read") }));
    }),
  );
});

describe.skipIf(engine === undefined)("a creation of which the answer was lost", () => {
  afterAll(removePrepared);

  test.runIf(isFull)("goes back with its unit in the same run: nothing of it lives when that is said to be as it was", () =>
    inWorld(async (world) => {
      await landModel(world, { base: { ...world.model["base"], lost: { shape: 80, revision: 1 } } });
      world.home.cloud.fault.add({ kind: "fail-after", op: "create", times: 1 });
      expect(told(await apply(world).ended)).toMatch(/^14 [^]*lost: the cloud.s list says that it made [^]*ROLLED_BACK[^]*rolled back: base/);
      expect(await midway(world)).toEqual([]);
      expect(liveThings(world).map(({ urn }) => nameOf(urn))).not.toContain("lost");
    }),
  );
});
