import { describe, expect, test } from "vitest";
import type { EngineOutcome, StateSummary } from "../../src/adapters/engine/index.ts";
import { SimEngine } from "./parts/engine.ts";
import { Scene, thing } from "./parts/scene.ts";
import type { Without } from "./parts/world.ts";

/** A base, what an app makes on its anchor, and something beside. */
const first = {
  base: { "base-anchor": thing() },
  app: { "app-anchor": thing(), "app-on": thing({ follows: true }), "app-too": thing({ follows: true }) },
  side: { "side-anchor": thing() },
};
/** Another anchor: what is made on it is made anew, which is not known before that anchor is there. */
const moved = { ...first, base: { "base-anchor": thing({ shape: 2 }) } };

describe("what was unknown is judged with all that the run destroys", () => {
  const of = async (count: number): Promise<readonly [Readonly<Record<string, string>>, Scene]> => {
    const scene = new Scene({ rules: { guards: { maxDestroy: { count, percent: 100 } } } });
    expect(await scene.apply(first)).toBe("good");
    const before = scene.things("app");
    await scene.apply(moved);
    expect(scene.things("app")["app-anchor"]).toBe(before["app-anchor"]);
    return [before, scene];
  };

  test("each stack below the number, both together above it: what is on the old anchor stays", async () => {
    const [before, scene] = await of(2);
    expect(scene.record.vetoes[0]?.reason).toBe("3 resources of 2 stacks would be destroyed, 2 may be (a replace counts)");
    expect(scene.things("app")).toEqual(before);
  });

  test("control: it goes where so much may go", async () => {
    const [before, scene] = await of(3);
    expect(scene.record.vetoes).toEqual([]);
    expect(scene.things("app")).not.toEqual(before);
  });
});

/** Reads each state once, until it acts on it itself: what somebody else does to it meanwhile it does not see. */
class ReadsOnce extends SimEngine {
  readonly #seen = new Map<string, StateSummary>();

  override async exportState(site: Parameters<SimEngine["exportState"]>[0]): Promise<StateSummary> {
    const state = this.#seen.get(site.stack) ?? (await super.exportState(site));
    this.#seen.set(site.stack, state);
    return state;
  }

  override async up(...asked: Parameters<SimEngine["up"]>): Promise<EngineOutcome> {
    this.#seen.delete(asked[0].stack);
    return super.up(...asked);
  }
}

describe("a state that somebody else writes between the waves of a run", () => {
  const next = { ...first, base: { "base-anchor": thing({ revision: 2 }) }, side: { "side-anchor": thing({ revision: 2 }) } };
  const of = async (without: Without = {}): Promise<readonly [string, Scene]> => {
    const scene = new Scene({ rules: { guards: { maxDestroy: { count: 0, percent: 0 } } }, without });
    expect(await scene.apply(first)).toBe("good");
    let isDone = false;
    scene.world.onBegun = ({ stack, applies }) => {
      if (stack !== "base" || !applies || isDone) return;
      isDone = true;
      scene.somebodyMakes("side", "side-theirs");
    };
    return [await scene.apply(next), scene];
  };

  test("is named, its stack is not touched, what moved goes back, and all of it comes again", async () => {
    const [said, scene] = await of();
    expect(said).toBe("rolledBack ROLLED_BACK");
    expect(scene.story).toMatch(/failed in base, side, rolling back: state of dev\.side changed since 09:\d\dZ/);
    expect([Object.keys(scene.things("side")), scene.record.vetoes]).toEqual([["side-anchor", "side-theirs"], []]);
    // Looked at anew, the guard says what of it may not go.
    expect(await scene.apply()).toBe("refused GUARD_REFUSED");
    expect(Object.keys(scene.things("side"))).toContain("side-theirs");
  });

  test("control: unseen, what they made is deleted, which no guard lets go", async () => {
    const [said, scene] = await of({ engine: (ground) => new ReadsOnce(ground) });
    expect([said, Object.keys(scene.things("side"))]).toEqual(["good", ["side-anchor"]]);
  });
});

describe("what the way back of a failed commit destroys", () => {
  const more = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`base-${at}`, thing()]));
  /** Makes three things, and does not work. */
  const ill = { ...first, base: { ...first.base, ...more(3) }, app: { ...first.app, "app-ill": thing({ wrong: "ill" }) } };
  const begun = async (count: number): Promise<Scene> => {
    const scene = new Scene({ rules: { guards: { maxDestroy: { count } } } });
    expect(await scene.apply(first)).toBe("good");
    return scene;
  };
  /** Once, as soon as an engine makes a stack what its program says. */
  const when = (scene: Scene, name: string, then: () => void): void => {
    let isDone = false;
    scene.world.onBegun = ({ stack, applies }) => {
      if (stack !== name || !applies || isDone) return;
      isDone = true;
      then();
    };
  };

  test("is not counted where the commit itself has made it", async () => {
    const scene = await begun(0);
    expect(await scene.apply(ill)).toBe("rolledBack ROLLED_BACK");
    expect(Object.keys(scene.things("base"))).toEqual(["base-anchor"]);
  });

  test("nor where a run of it that died has made it", async () => {
    const scene = await begun(0);
    when(scene, "app", () =>
      scene.world
        .host(0)
        .living()
        .forEach((process) => process.kind === "runner" && scene.world.host(0).end(process)),
    );
    expect(await scene.apply(ill)).toBe("died");
    expect(Object.keys(scene.things("base"))).toHaveLength(4);
    await scene.stage.until(scene.stage.pause(3_600_000));
    expect(await scene.apply()).toBe("rolledBack ROLLED_BACK");
    expect(Object.keys(scene.things("base"))).toEqual(["base-anchor"]);
  });

  test("what somebody else has made since counts: the unit is frozen, and the message says how it may go", async () => {
    const scene = await begun(0);
    when(scene, "app", () => scene.somebodyMakes("base", "base-theirs"));
    expect(await scene.apply(ill)).toBe("failed ROLLBACK_FAILED");
    expect(scene.stage.todo).toMatch(/^Its stacks are frozen\. .*--override 'destroys too much' --reason "…" When it is in order: trueup thaw dev/);
    expect(Object.keys(scene.things("base"))).toContain("base-theirs");
    expect(scene.record.freezes.map(({ stacks }) => stacks)).toEqual([["base", "app"]]);
  });

  test("control: it is deleted where so much may go", async () => {
    const scene = await begun(1);
    when(scene, "app", () => scene.somebodyMakes("base", "base-theirs"));
    expect([await scene.apply(ill), Object.keys(scene.things("base"))]).toEqual(["rolledBack ROLLED_BACK", ["base-anchor"]]);
  });

  test("what a good commit has made counts when a person takes that back", async () => {
    const scene = await begun(2);
    expect(await scene.apply({ ...first, base: { ...first.base, ...more(3) } })).toBe("good");
    await scene.people((people) => people.takeBack("base"));
    expect([Object.keys(scene.things("base")).length, scene.record.freezes.length]).toEqual([4, 1]);
    expect(scene.story).toContain("3 resources would be destroyed, 2 may be");
  });
});
