import { describe, expect, test } from "vitest";
import type { EngineOutcome, StateSummary } from "../../src/adapters/engine/index.ts";
import { SimEngine } from "./parts/engine.ts";
import { never } from "./parts/programs.ts";
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

/** Once, as soon as an engine makes a stack what its program says. */
const when = (scene: Scene, at: { readonly stack: string; readonly isGoingBack?: boolean }, then: () => void): void => {
  let isDone = false;
  scene.world.onBegun = ({ stack, applies, isGoingBack }) => {
    if (stack !== at.stack || !applies || isGoingBack !== (at.isGoingBack ?? false) || isDone) return;
    isDone = true;
    then();
  };
};

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
    when(scene, { stack: "base" }, () => scene.somebodyMakes("side", "side-theirs"));
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
  test("is not counted where the commit itself has made it", async () => {
    const scene = await begun(0);
    expect(await scene.apply(ill)).toBe("rolledBack ROLLED_BACK");
    expect(Object.keys(scene.things("base"))).toEqual(["base-anchor"]);
  });

  test("nor where a run of it that died has made it", async () => {
    const scene = await begun(0);
    when(scene, { stack: "app" }, () =>
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

  test("what somebody else has made since is a person's, however much may go", async () => {
    const scene = await begun(9);
    when(scene, { stack: "app" }, () => scene.somebodyMakes("base", "base-theirs"));
    expect(await scene.apply(ill)).toBe("failed ROLLBACK_FAILED");
    expect(Object.keys(scene.things("base"))).toContain("base-theirs");
    expect(scene.record.freezes.map(({ stacks }) => stacks)).toEqual([["base", "app"]]);
    // Who finds it frozen reads what failed, and what kept it from going back.
    expect(scene.record.freezes[0]?.reason).toMatch(/SIM_NOBODY.*; its rollback failed: .*base-theirs/);
  });

  test("what a good commit has made counts when a person takes that back", async () => {
    const scene = await begun(2);
    expect(await scene.apply({ ...first, base: { ...first.base, ...more(3) } })).toBe("good");
    await scene.people((people) => people.takeBack("base"));
    expect([Object.keys(scene.things("base")).length, scene.record.freezes.length]).toEqual([4, 1]);
    expect(scene.story).toContain("3 resources would be destroyed, 2 may be");
  });
});

describe("a freeze that comes while a run is at work", () => {
  const begun = async (): Promise<Scene> => {
    const scene = new Scene();
    expect(await scene.apply(first)).toBe("good");
    return scene;
  };
  const freezes = (scene: Scene, isGoingBack: boolean): void =>
    when(scene, { stack: isGoingBack ? "app" : "base", isGoingBack }, () => scene.begin((people) => people.freezeOf("all")));
  const thaws = (scene: Scene): Promise<void> => scene.people((people) => people.thaw());
  const revisionOf = (scene: Scene, stack: string): unknown => scene.outputs(stack)[`${stack}-anchor`]?.["revision"];

  test("stops the way back before its next wave; lifted, it goes on", async () => {
    const scene = await begun();
    freezes(scene, true);
    const base = { "base-anchor": thing({ revision: 2 }) };
    const app = { ...first.app, "app-anchor": thing({ revision: 2, wrong: "ill" }) };
    expect(await scene.apply({ ...first, base, app })).toBe("failed HELD");
    expect([revisionOf(scene, "app"), revisionOf(scene, "base"), scene.record.vetoes.map(({ state }) => state)]).toEqual([1, 2, ["rollingBack"]]);
    expect(scene.stage.todo).toContain("trueup thaw dev");
    expect(await scene.apply()).toBe("raised HELD");
    await thaws(scene);
    await scene.apply();
    expect([revisionOf(scene, "base"), scene.record.vetoes.map(({ state }) => state)]).toEqual([1, ["rolledBack"]]);
  });

  test("stops a repair of drift before its next stack", async () => {
    const scene = await begun();
    scene.somebodyChanges("base", "side");
    freezes(scene, false);
    expect(await scene.done((runner) => scene.works.fix(runner))).toBe("drift: put back in 1 stacks, HELD");
    expect([revisionOf(scene, "base"), scene.inCloud("side", "side-anchor")?.["revision"]]).toEqual([1, 900]);
    await thaws(scene);
    expect(await scene.done((runner) => scene.works.fix(runner))).toBe("drift: put back in 1 stacks");
  });

  test("stops a rebuild before its next wave; lifted, it goes on", async () => {
    const scene = await begun();
    scene.losesAll();
    freezes(scene, false);
    const rebuild = (): Promise<string> =>
      scene.done((runner) => scene.works.rebuild(runner, { said: new Map(), gone: ["base", "app", "side"], overrides: [] }, 1_000));
    expect(await rebuild()).toBe("rebuild: failed HELD");
    expect([scene.inCloud("base", "base-anchor") === undefined, scene.inCloud("app", "app-anchor")]).toEqual([false, undefined]);
    await thaws(scene);
    expect(await rebuild()).toBe("rebuild: good");
    expect(scene.inCloud("app", "app-anchor")).toBeDefined();
  });
});

describe("the checks of an environment as a whole, when what failed is back", () => {
  const begun = async (checks: readonly object[]): Promise<Scene> => {
    const scene = new Scene();
    expect(await scene.apply(first)).toBe("good");
    scene.world.programs.rules = { verify: { checks } };
    return scene;
  };
  const ill = { ...first, app: { ...first.app, "app-anchor": thing({ revision: 2, wrong: "ill" }) } };

  test("say no: it is frozen where it was last good, and that is said", async () => {
    const scene = await begun([never]);
    expect(await scene.apply(ill)).toBe("failed ROLLBACK_FAILED");
    expect(scene.outputs("app")["app-anchor"]?.["revision"]).toBe(1);
    expect([scene.record.vetoes[0]?.state, scene.record.freezes.map(({ stacks }) => stacks), scene.record.stacks["app"]?.result]).toEqual([
      "frozen",
      [["app"]],
      "good",
    ]);
    expect(scene.stage.todo).toMatch(/^Its stacks are where they were last good, and frozen\. .*trueup thaw dev/);
  });

  test("are asked of what a person takes back, too", async () => {
    const scene = await begun([]);
    expect(await scene.apply({ ...first, app: { ...first.app, "app-anchor": thing({ revision: 2 }) } })).toBe("good");
    scene.world.programs.rules = { verify: { checks: [never] } };
    await scene.people((people) => people.takeBack("app"));
    expect([scene.outputs("app")["app-anchor"]?.["revision"], scene.record.freezes.map(({ stacks }) => stacks)]).toEqual([1, [["app"]]]);
  });

  test("control: where there are none it is rolled back", async () => expect(await (await begun([])).apply(ill)).toBe("rolledBack ROLLED_BACK"));
});

describe("what held data and is gone, on the way back", () => {
  const withData = (revision: number) => ({ ...first, app: { "app-data": thing({ named: "kept" }), "app-anchor": thing({ revision }) } });
  const of = async (isGone: boolean): Promise<Scene> => {
    const scene = new Scene();
    expect([await scene.apply(withData(1)), await scene.apply(withData(2))]).toEqual(["good", "good"]);
    const data = scene.world.cloud.things.get(scene.things("app")["app-data"] ?? "");
    if (isGone && data !== undefined) scene.world.cloud.meddle(data, "gone");
    await scene.people((people) => people.takeBack("app"));
    return scene;
  };
  const back = (scene: Scene): readonly unknown[] => [
    scene.outputs("app")["app-anchor"]?.["revision"],
    scene.inCloud("app", "app-data") !== undefined,
    scene.record.freezes.length,
  ];

  test("is not made again, empty: its stack is frozen as it is", async () => {
    const scene = await of(true);
    expect(back(scene)).toEqual([2, false, 1]);
    expect(scene.record.freezes[0]?.reason).toMatch(/would make aws:rds\/instance:Instance app-data again, .* without the data that it held/);
  });

  test("control: where it is there, the stack goes back", async () => expect(back(await of(false))).toEqual([1, true, 0]));
});

describe("a stack that holds data on what another one of the run makes", () => {
  const onAnchor = (revision: number) => ({
    ...first,
    base: { "base-anchor": thing({ revision }) },
    app: { "app-anchor": thing({ revision }), "app-data": thing({ named: "kept", follows: true }) },
  });
  const of = async (isDeleted: boolean): Promise<readonly [string, boolean, Scene]> => {
    const scene = new Scene();
    expect(await scene.apply(onAnchor(1))).toBe("good");
    const data = scene.things("app")["app-data"];
    const anchor = scene.world.cloud.things.get(scene.things("base")["base-anchor"] ?? "");
    // After it was judged that the anchor is only changed.
    when(scene, { stack: "base" }, () => void (isDeleted && anchor !== undefined && scene.world.cloud.meddle(anchor, "gone")));
    const said = await scene.apply(onAnchor(2));
    return [said, scene.things("app")["app-data"] === data, scene];
  };

  test("is judged again where what it reads turns out otherwise than it was planned", async () => {
    const [said, isThere, scene] = await of(true);
    expect([said === "good", isThere]).toEqual([false, true]);
    expect(scene.story).toMatch(/what holds data would be lost|would be replaced|stateful/);
  });

  test("control: where it turns out as planned, it is applied", async () => expect((await of(false)).slice(0, 2)).toEqual(["good", true]));
});

describe("commits that a newer head overtook", () => {
  const revised = (revision: number): typeof first => ({ ...first, side: { "side-anchor": thing({ revision }) } });
  /** Of each entry, the oldest first: the subject, and what the trailers say that it brings. */
  const entries = (scene: Scene): readonly (readonly [subject: string, brings: string | undefined])[] =>
    scene.world.recorded.map(({ head }) => {
      const { subject = "", body = "" } = scene.world.remote.objects.commits.get(head) ?? {};
      return [subject, /^Trueup-Brings: (.*)$/m.exec(body)?.[1]];
    });
  const heads = (scene: Scene): readonly string[] =>
    [...scene.world.remote.objects.commits].flatMap(([sha, { subject }]) => (subject === "change" ? [sha] : []));
  const brings = (scene: Scene): unknown => {
    const { objects } = scene.world.remote;
    const files = [...objects.filesOf(scene.world.recorded.at(-1)?.head ?? "")];
    const run = files.filter(([path]) => path.startsWith("runs/")).map(([, blob]) => JSON.parse(String(objects.blobs.get(blob))) as { brings?: unknown });
    return run.map((one) => one.brings);
  };

  test("are told of in the run that brings them, in its sentence and beside it", async () => {
    const scene = new Scene();
    expect(await scene.apply(first)).toBe("good");
    scene.push(revised(2));
    scene.push(revised(3));
    expect(await scene.apply(revised(4))).toBe("good");
    const [, two = "", three = ""] = heads(scene);
    expect(brings(scene)).toEqual([undefined, { commits: [two, three], leftOut: 0 }]);
    const words = `; also brings 2 commits: ${two.slice(0, 7)}, ${three.slice(0, 7)}`;
    const told = entries(scene).filter(([subject]) => subject.includes(words));
    expect(told.map(([subject, trailer]) => [/applying|applied/.exec(subject)?.[0], trailer])).toEqual([
      ["applying", `${two}, ${three}`],
      ["applied", `${two}, ${three}`],
    ]);
  });

  test("are told of where the head needs no change, and there is no run", async () => {
    const scene = new Scene();
    expect(await scene.apply(first)).toBe("good");
    scene.push(revised(2));
    expect(await scene.apply(first)).toBe("nothing");
    const [, two = ""] = heads(scene);
    expect(entries(scene).at(-1)).toEqual([expect.stringContaining(`needed no change; also brings 1 commit: ${two.slice(0, 7)}`), two]);
  });
});
