import { describe, expect, test } from "vitest";
import { backTwice, repeated, untold, type RunTold } from "./again.ts";
import { destroyed } from "./check.ts";
import { nextModel, unfit } from "./changes.ts";
import { firstModel, isData, thingKinds, thingsOf, type Model } from "./estate-files.ts";
import type { CloudLine } from "./evidence.ts";
import type { Entry, KeptVeto } from "./history.ts";
import { drawStory, worksWith } from "./story.ts";

const at = (revision: number): Model => ({ base: { anchor: { shape: 1, revision } } });

describe("what failed and is applied again", () => {
  const said = new Map([
    ["c1", at(1)],
    ["c2", at(2)],
    ["c3", at(2)],
    ["c4", at(3)],
    ["c5", at(2)],
  ]);
  const veto: KeptVeto = { run: "r2", unit: "one", commit: "c2", state: "rolledBack", closureDigests: { base: "two" } };
  interface Shown {
    readonly commit: string;
    readonly digest: string;
    readonly run: string;
    readonly vetoes?: readonly KeptVeto[];
  }
  const entry = (kind: string, result: string, { commit, digest, run, vetoes = [veto] }: Shown): Entry => ({
    kept: { sequence: 1, fencing: 1, stacks: { base: { result, run, commit, closureDigest: digest } }, vetoes },
    trailers: { Kind: kind },
  });
  const back = entry("apply", "good", { commit: "c1", digest: "one", run: "r1" });
  const begun = (kind: string, commit: string, digest = "two"): Entry => entry(kind, "applying", { commit, digest, run: "r3" });

  test("is found where nobody said so, also when the ledger forgot it", () => {
    const forgotten = entry("apply", "good", { commit: "c1", digest: "one", run: "r1", vetoes: [] });
    for (const entries of [
      [back, begun("apply", "c2")],
      [back, forgotten, begun("apply", "c3")],
      [back, begun("drift", "c2")],
    ])
      expect(repeated(entries, said)).toEqual([{ harm: "repeated", what: "base is applied by r3 as it failed in r2, and nobody said so" }]);
  });

  test("is none where somebody said so, where it is different or was meanwhile, and on the way back", () => {
    for (const between of ["retry", "thaw"])
      expect(repeated([back, entry(between, "good", { commit: "c1", digest: "one", run: "r1", vetoes: [] }), begun("apply", "c2")], said)).toEqual([]);
    expect(repeated([back, begun("apply", "c4", "three")], said)).toEqual([]);
    expect(repeated([back, begun("apply", "c5")], said)).toEqual([]);
    expect(repeated([back, begun("rebuild", "c2")], said)).toEqual([]);
    const goingBack = entry("apply", "failed", { commit: "c2", digest: "two", run: "r2", vetoes: [{ ...veto, state: "rollingBack" }] });
    expect(repeated([goingBack, begun("apply", "c2")], said)).toEqual([]);
  });

  test("is found where a unit goes back twice in one run", () => {
    const run = (...states: readonly string[]): RunTold => ({ id: "r2", units: [{ id: "one", phases: states.map((state) => ({ state })) }] });
    expect(backTwice([run("planned", "rollingBack", "rolledBack")])).toEqual([]);
    expect(backTwice([run("rollingBack", "rolledBack", "rollingBack")])).toEqual([{ harm: "repeated", what: "one was taken back twice in run r2" }]);
  });
});

describe("commits of which nobody is told", () => {
  const said = new Map(["c1", "c2", "c3", "c4", "c5"].map((sha) => [sha, at(1)]));
  const kept = { sequence: 1, fencing: 1, stacks: {} };

  test("are those before the newest that is told of, and neither applied nor brought along", () => {
    const entries = [{ kept, trailers: { Commit: "c1" } }];
    const names = (runs: readonly RunTold[], also: readonly Entry[] = []): readonly string[] =>
      untold([...entries, ...also], runs, said).map(({ what }) => what);
    expect(names([])).toEqual([]);
    expect(names([{ commit: "c4", brings: { commits: ["c3"] } }])).toEqual(["nobody is told what became of commit c2"]);
    expect(names([{ commit: "c4", brings: { commits: ["c2", "c3"] } }])).toEqual([]);
    expect(names([], [{ kept, trailers: { Commit: "c4", Brings: "c2, c3 and 4 more" } }])).toEqual([]);
  });
});

describe("data", () => {
  const line = (op: CloudLine["op"], actor: CloudLine["actor"], name: string): CloudLine => ({
    op,
    phase: "commit",
    operation: "one",
    urn: `urn:pulumi:dev.base::torture::aws:dynamodb/table:Table::${name}`,
    id: "table-1",
    time: "2026-11-21T15:00:00.000Z",
    actor,
  });

  test("is destroyed when an engine deletes it, and nobody else is blamed on trueup", () => {
    const lines = [line("delete", "hand", "data-kept"), line("create", "engine", "data-kept"), line("delete", "engine", "thing-one")];
    expect(destroyed(lines)).toEqual([]);
    expect(destroyed([...lines, line("delete", "engine", "data-kept")])).toEqual([
      { harm: "destroyed", what: "table-1 (base data-kept) holds data and was deleted" },
    ]);
  });

  test("is in the estate of later seeds alone, and no good merge takes it away", () => {
    expect([thingsOf(69_999), thingsOf(70_000), worksWith("all").includes("unfit")]).toEqual(["all", "data", false]);
    const dataOf = (model: Model): readonly string[] =>
      Object.entries(model).flatMap(([stack, things]) =>
        Object.entries(things).flatMap(([name, { shape }]) => (isData(name) ? [`${stack} ${name} ${shape}`] : [])),
      );
    let model = firstModel(2, "data");
    for (let seed = 0; seed < 300; seed++) {
      const after = nextModel(model, thingKinds.data, { seed, changes: 3 });
      expect(dataOf(after)).toEqual(expect.arrayContaining([...dataOf(model)]));
      model = after;
    }
  });

  test("is what an unfit merge takes away, or makes another one of, and nothing else", () => {
    const model = firstModel(1, "data");
    const found = Array.from({ length: 20 }, (_, seed) => unfit(model, seed));
    const { base: { "data-kept": _, ...rest } = {} } = model;
    const ways = new Set(found.map((one) => JSON.stringify(one?.model["base"])));
    expect([...ways].toSorted()).toEqual([JSON.stringify({ ...rest, "data-kept": { shape: 4, revision: 1 } }), JSON.stringify(rest)].toSorted());
    expect(unfit(firstModel(1), 1)).toBeUndefined();
  });

  test("is at stake in some beats of some stories", () => {
    const works = new Set(
      Array.from({ length: 40 }, (__, seed) => drawStory(70_000 + seed, 8, { works: worksWith("data"), things: "data" }).beats.map(({ work }) => work)).flat(),
    );
    expect([...works].toSorted()).toEqual([...worksWith("data")].toSorted());
  });
});
