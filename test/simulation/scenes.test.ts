import { describe, expect, test } from "vitest";
import { Scene, thing } from "./parts/scene.ts";

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
