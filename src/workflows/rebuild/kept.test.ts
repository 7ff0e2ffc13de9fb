import { describe, expect, it } from "vitest";
import type { RunRecord } from "../ledger/index.ts";
import { newestFirst } from "../ledger/recent-runs.ts";
import type { Estate } from "../estate/index.ts";
import { deletedSince, idsIn, idsOfRuns, idsSince, isPartialSince, newestBackup, tookMs } from "./kept.ts";

type Told = RunRecord["units"][number]["stacks"][number];

function run(id: string, urns: Told["urns"], more: Partial<Told> & Pick<Partial<RunRecord>, "recovered"> = {}): RunRecord {
  const { recovered, ...stack } = more;
  const changes = { create: 0, update: 0, replace: 0, delete: 0, read: 0, import: 0, unchanged: 0 };
  const told: Told = {
    stack: "net",
    action: "apply",
    result: "good",
    commit: null,
    closureDigest: "",
    fingerprint: null,
    changes,
    urns,
    urnsLeftOut: 0,
    stateBefore: "",
    stateAfter: "",
    durationMs: 1_200,
    problem: null,
    ...stack,
  };
  return {
    schema: 1,
    id,
    kind: "apply",
    environment: "dev",
    commit: null,
    mergedBy: null,
    approvals: [],
    startedAt: "2026-11-21T10:00:00.000Z",
    endedAt: null,
    result: "good",
    fencing: 1,
    units: [{ id: "u", commits: [], result: "good", stacks: [told] }],
    overrides: [],
    timings: {},
    versions: {},
    problem: null,
    ...(recovered === undefined ? {} : { recovered }),
  };
}

const create = (urn: string, id?: string): Told["urns"][number] => ({ urn, operation: "create", ...(id === undefined ? {} : { id }) });

describe("what the ledger's runs know of the objects of a stack", () => {
  it("is what was deleted since a run and not made again, or taken in", () => {
    const gone = (...urns: readonly string[]): Told["urns"] => urns.map((urn) => ({ urn, operation: "delete" }));
    const adopted = [{ stack: "net", urn: "urn:c", operation: "creating", kind: "adopt" as const, id: "c-2", because: "the cloud has it" }];
    const runs = [run("r3", [create("urn:b", "b-3")], { recovered: adopted }), run("r2", gone("urn:a", "urn:b", "urn:c")), run("r1", gone("urn:d"))];
    expect([...deletedSince(runs, "net", "r2")]).toEqual(["urn:a"]);
    expect([...deletedSince(runs, "net", "r1")]).toEqual(["urn:a", "urn:d"]);
    expect([...deletedSince(runs, "net", "r0"), ...deletedSince(runs, "shop", "r1")]).toEqual([]);
  });

  it("is the last id of each, the newest run first; what was deleted since has none", () => {
    const runs = [
      run("r3", [{ urn: "urn:b", operation: "delete" }, create("urn:a", "a-3")]),
      run("r2", [
        { urn: "urn:c", operation: "replace", id: "c-2" },
        { urn: "urn:a", operation: "update" },
      ]),
      run("r1", [create("urn:a", "a-1"), create("urn:b", "b-1"), create("urn:c", "c-1"), create("urn:d")]),
    ];
    expect(idsOfRuns(runs, "net", true).map(({ urn, id, from }) => `${urn} ${id} ${from}`)).toEqual([
      "urn:a a-3 the ledger (run r3)",
      "urn:c c-2 the ledger (run r2)",
    ]);
    expect(idsOfRuns(runs, "other", true)).toEqual([]);
  });

  it("is old where a later run replaced it and does not say by what", () => {
    const unsaid = run("r2", [{ urn: "urn:a", operation: "replace" }]);
    expect(idsOfRuns([unsaid, run("r1", [create("urn:a", "a-1"), create("urn:b", "b-1")])], "net", true)).toEqual([
      { urn: "urn:a", id: "a-1", from: "the ledger (run r1)", isOld: true },
      { urn: "urn:b", id: "b-1", from: "the ledger (run r1)" },
    ]);
  });

  it("has also what was taken in after a death", () => {
    const recovered = [{ stack: "net", urn: "urn:a", operation: "creating", kind: "adopt", id: "a-9", because: "" }];
    expect(idsOfRuns([run("r2", [], { recovered }), run("r1", [create("urn:a", "a-1")])], "net", true)).toMatchObject([{ id: "a-9" }]);
  });

  it("is what the way back made, where a unit was taken back: that came last", () => {
    const failed = run("r1", [create("urn:a", "a-1")]);
    const [unit] = failed.units;
    const [told] = unit?.stacks ?? [];
    if (unit === undefined || told === undefined) throw new Error("no unit");
    const back = { ...failed, units: [{ ...unit, back: [{ ...told, urns: [{ urn: "urn:a", operation: "replace", id: "a-2" }] }] }] };
    expect(idsOfRuns([back], "net", true)).toMatchObject([{ urn: "urn:a", id: "a-2" }]);
  });

  it("is old where a run came after it that may have made another one and does not tell", () => {
    const first = run("r1", [create("urn:a", "a-1")]);
    const killed = run("r2", [], { result: "applying" });
    const broken = run("r2", [], { result: "failed", stateBefore: "x", stateAfter: "y" });
    const refused = run("r2", [], { result: "failed" });
    const isOld = (...runs: RunRecord[]): (boolean | undefined)[] => idsOfRuns(runs, "net", true).map((one) => one.isOld);
    expect([isOld(first), isOld(killed, first), isOld(broken, first), isOld(refused, first)]).toEqual([[undefined], [true], [true], [undefined]]);
    // A rebuild that is still to be gone on with has all that it made in its state; later, when that is lost too, nobody knows.
    const rebuild = { ...killed, kind: "rebuild" };
    expect([isOld(rebuild, first), isOld(run("r3", []), rebuild, first)]).toEqual([[undefined], [true]]);
    // So it is when the state that it began is lost once more.
    expect(idsOfRuns([rebuild, first], "net", false)).toMatchObject([{ id: "a-1", isOld: true }]);
    expect([isPartialSince([first], "net", "r1"), isPartialSince([killed, first], "net", "r1"), isPartialSince([first], "net", "r0")]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it("is old where the state that a run left is not the one that the next found: something came between and told nothing", () => {
    const first = run("r1", [create("urn:a", "a-1")], { stateBefore: "", stateAfter: "s1" });
    const next = (stateBefore: string): RunRecord => run("r3", [], { stateBefore, stateAfter: "s3" });
    const other = run("r2", [], { stack: "other", stateBefore: "x", stateAfter: "y" });
    const isOld = (...runs: RunRecord[]): (boolean | undefined)[] => idsOfRuns(runs, "net", true).map((one) => one.isOld);
    expect([isOld(next("s1"), other, first), isOld(next("s2"), other, first)]).toEqual([[undefined], [true]]);
    // What was kept of the state before the later run has all that came between; what was kept before the earlier one has not.
    const all = [next("s2"), other, first];
    expect(["r3", "r2", "r1"].map((id) => isPartialSince(all, "net", id))).toEqual([false, true, true]);
    // A rebuild begins with a state that is lost, and leaves one that has everything.
    expect(isOld(next("s9"), { ...run("r2", [], { stateBefore: "", stateAfter: "s9" }), kind: "rebuild" }, first)).toEqual([undefined]);
  });

  it("is, since a backup, what the run that kept it and later ones made; nothing where nobody knows which those are", () => {
    const runs = [run("r3", [create("urn:c", "c-3")]), run("r2", [{ urn: "urn:a", operation: "replace", id: "a-2" }]), run("r1", [create("urn:a", "a-1")])];
    const since = (id: string): readonly string[] => idsSince(runs, "net", id).map((one) => one.id);
    expect([since("r3"), since("r2"), since("r1"), since("r0")]).toEqual([["c-3"], ["c-3", "a-2"], ["c-3", "a-2"], []]);
  });

  it("is in the order of leases, whatever clocks said", () => {
    const [early, late] = [
      { ...run("r9", [create("urn:a", "a-1")]), fencing: 1 },
      { ...run("r2", [create("urn:a", "a-2")]), fencing: 2 },
    ];
    expect(newestFirst([early, late]).map(({ id }) => id)).toEqual(["r2", "r9"]);
  });

  it("is also how long it took when it was good last", () => {
    const runs = [run("r3", [], { result: "failed", durationMs: 9_000 }), run("r2", [], { durationMs: 0 }), run("r1", [], { durationMs: 1_500 })];
    expect([tookMs(runs, "net"), tookMs(runs, "other")]).toEqual([1_500, undefined]);
  });
});

describe("what a kept state knows", () => {
  it("is the ids of its objects: no component, no provider, nothing that waits to be deleted, nothing of what cannot be read", () => {
    const resources = [
      { urn: "urn:s", type: "pulumi:pulumi:Stack", custom: false },
      { urn: "urn:p", type: "pulumi:providers:aws", custom: true, id: "p" },
      { urn: "urn:a", type: "aws:ec2/vpc:Vpc", custom: true, id: "vpc-1" },
      { urn: "urn:a", type: "aws:ec2/vpc:Vpc", custom: true, id: "vpc-0", delete: true },
    ];
    expect(idsIn(JSON.stringify({ version: 3, deployment: { resources } }), "b")).toEqual([{ urn: "urn:a", id: "vpc-1", from: "b" }]);
    expect([idsIn("{", "b"), idsIn("[]", "b"), idsIn('{"deployment":{}}', "b")]).toEqual([[], [], []]);
  });
});

describe("the newest backup", () => {
  const state = JSON.stringify({ deployment: { resources: [{ urn: "urn:a", type: "aws:ec2/vpc:Vpc", custom: true, id: "vpc-1" }] } });
  const among = async (names: readonly string[], runs: readonly RunRecord[]): Promise<string | undefined> => {
    const files = { list: async () => names, read: async () => state };
    const estate = { work: "/w", host: { files } } as unknown as Estate;
    return (await newestBackup(estate, { environment: "dev", stack: "net", runs }))?.run;
  };
  const begun = (id: string, startedAt: string): RunRecord => ({ ...run(id, []), startedAt });
  const [first, second] = [begun("20260302-090000-aaaaaaaa", "2026-03-02T09:00:00.000Z"), begun("20260302-092103-bbbbbbbb", "2026-03-02T09:21:03.000Z")];

  it.each([
    ["names the run that was about to touch it", ["2026-03-02T092103.000Z-20260302-092103-bbbbbbbb.json"], second.id],
    ["is of the last run that had begun when a recovery kept it (simulation, seed 810625)", ["2026-03-02T092107.858Z-before-recovery.json"], second.id],
    ["is not of a run that began later", ["2026-03-02T092102.999Z-before-recovery.json"], first.id],
  ])("%s", async (_, names, expected) => {
    expect(await among(names, [second, first])).toBe(expected);
  });
});
