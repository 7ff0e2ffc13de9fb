import { describe, expect, it } from "vitest";
import { Scrubber } from "../../base/secret/index.ts";
import { readRun } from "./changes.ts";
import { Collector } from "./collect.ts";

const stack = "urn:pulumi:s::p::pulumi:pulumi:Stack::p-s";
const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "[secret]" };
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

interface Side {
  readonly inputs?: object;
  readonly outputs?: object;
  readonly custom?: boolean;
  readonly id?: string;
  readonly delete?: boolean;
}

function run(
  steps: readonly { op: string; name: string; type?: string; old?: Side | null; new?: Side | null; more?: object; phase?: string; status?: number }[],
) {
  const collector = new Collector({ stack: "s", runsProgram: true });
  steps.forEach(({ op, name, type = "aws:s3/bucket:Bucket", old = null, new: fresh = null, more = {}, phase, status }, sequence) => {
    const urn = name === "stack" ? stack : `urn:pulumi:s::p::${type}::${name}`;
    const state = (side: Side | null): object | null => (side === null ? null : { type, urn, custom: true, id: "", inputs: {}, outputs: {}, ...side });
    collector.take(
      JSON.stringify({
        sequence,
        [phase ?? "resOutputsEvent"]: {
          metadata: { op, urn, type: name === "stack" ? "pulumi:pulumi:Stack" : type, old: state(old), new: state(fresh), detailedDiff: null, ...more },
          planning: phase === undefined,
          ...(status === undefined ? {} : { status }),
        },
      }),
    );
  });
  collector.take(JSON.stringify({ sequence: steps.length, cancelEvent: {} }));
  return readRun(collector.end(1), {
    stack: "s",
    folders: { repositoryRoot: "/r", project: "/r" },
    scrubber: new Scrubber(),
    sources: new Map(),
    isGuessed: () => false,
    freed: new Set(["urn:pulumi:s::p::aws:s3/bucket:Bucket::freed b-1"]),
  });
}

const diff = (path: string, diffKind = "update"): object => ({ diffs: [path.split(".")[0]], detailedDiff: { [path]: { diffKind, inputDiff: true } } });

describe("a run as a change set", () => {
  it("tells what stays in the cloud when it goes, and what was there before it was a resource; what went before the run does not stay", () => {
    const old = { id: "b-1", retainOnDelete: true };
    const { changes } = run([
      { op: "delete", name: "kept", old },
      { op: "delete", name: "freed", old },
      { op: "update", name: "changed", old, new: old },
      { op: "import-replacement", name: "taken", new: { id: "b-2" } },
      { op: "replace", name: "taken", old: { id: "b-1" }, new: { id: "b-2" } },
    ]);
    expect(changes.resources.map(({ name, retained, imported }) => [name, retained, imported])).toEqual([
      ["kept", true, undefined],
      ["freed", undefined, undefined],
      ["changed", undefined, undefined],
      ["taken", undefined, true],
    ]);
  });

  it("counts a replacement once, with the property that forces it", () => {
    const sides = { old: { inputs: { bucket: "a" } }, new: { inputs: { bucket: "b" } }, more: { keys: ["bucket"], ...diff("bucket", "update-replace") } };
    const { changes } = run([
      { op: "create-replacement", name: "x", ...sides },
      { op: "replace", name: "x", ...sides },
      { op: "delete-replaced", name: "x", old: sides.old },
    ]);
    expect(changes.resources).toMatchObject([
      { operation: "replace", stateful: true, properties: [{ path: "bucket", before: { value: "a" }, after: { value: "b" }, replaces: true }] },
    ]);
  });

  it("calls it a creation where the older one was deleted before the run began", () => {
    const sides = { old: { id: "b-1", inputs: { bucket: "a" } }, new: { id: "b-2", inputs: { bucket: "b" } }, more: { keys: ["bucket"] } };
    const ops = (name: string): ReturnType<typeof run> => run(["replace", "create-replacement"].map((op) => ({ op, name, ...sides })));
    expect(ops("freed").changes.resources).toMatchObject([
      { operation: "create", properties: [{ path: "bucket", before: { kind: "absent" }, replaces: false }] },
    ]);
    expect(ops("kept").changes.resources).toMatchObject([{ operation: "replace" }]);
    // Freed, made, and replaced once more by the same run: that one is lost.
    const twice = run([
      ...["replace", "create-replacement"].map((op) => ({ op, name: "freed", ...sides })),
      { op: "delete-replaced", name: "freed", old: { id: "b-0" } },
    ]);
    expect(twice.changes.resources).toMatchObject([{ operation: "replace" }]);
  });

  it.each([
    ["before the old one is deleted", ["create-replacement", "replace", "delete-replaced"]],
    ["after the old one was deleted", ["delete-replaced", "replace", "create-replacement"]],
  ])("tells the id of a replacement that was made %s", (_, ops) => {
    const made: string[] = [];
    const done = (op: string) => {
      if (op === "create-replacement") made.push("b-2");
      return { op, name: "x", old: { id: "b-1" }, new: op === "delete-replaced" ? null : { id: made[0] ?? "" }, phase: "resOutputsEvent" };
    };
    expect(run(ops.map(done)).changes.resources).toMatchObject([{ operation: "replace", id: "b-2" }]);
  });

  it("tells the rest of a replacement that was cut off as a replacement while the new object stays, and as a deletion where that goes too", () => {
    const rest = { op: "delete-replaced", old: { id: "b-1", delete: true } };
    const read = { op: "refresh", old: { id: "b-2" }, new: { id: "b-2" } };
    const goes = { op: "delete", old: { id: "b-2" } };
    const told = (...steps: readonly { op: string }[]): readonly string[] =>
      run(steps.map((step) => ({ name: "x", ...step }))).changes.resources.map(({ operation }) => operation);
    expect([told(read, { op: "same" }, rest), told(rest, { op: "update" })]).toEqual([["replace"], ["replace"]]);
    expect([told(read, rest, goes), told(read, goes, rest), told(rest)]).toEqual([["delete"], ["delete"], ["delete"]]);
    // It is gone from the cloud, and made again.
    expect(told(read, { op: "create" }, rest)).toEqual(["replace"]);
  });

  it("tells what is only read no more as read: nothing is deleted", () => {
    const { changes } = run([{ op: "discard", name: "x", old: { id: "b-1" } }]);
    expect(changes.resources).toMatchObject([{ operation: "read", properties: [] }]);
  });

  it("tells what was made and did not become ready with its id, and nothing of what failed otherwise", () => {
    const failed = { op: "create", new: { id: "b-1" }, phase: "resOpFailedEvent" };
    const { changes } = run([
      { ...failed, name: "half", status: 1 },
      { ...failed, name: "none", status: 0 },
      { ...failed, name: "unknown", status: 2 },
    ]);
    expect(changes.resources.map(({ name, operation, id }) => [name, operation, id])).toEqual([["half", "create", "b-1"]]);
  });

  it("masks both sides where either is secret, and the same text everywhere else", () => {
    const { changes } = run([
      {
        op: "update",
        name: "x",
        old: { inputs: { password: "hunter2-live", note: "was" } },
        new: { inputs: { password: secret, note: "is hunter2-live" } },
        more: { diffs: ["password", "note"] },
      },
    ]);
    expect(JSON.stringify(changes)).not.toContain("hunter2-live");
    expect(changes.resources[0]?.properties).toMatchObject([
      { path: "password", before: { kind: "secret" }, after: { kind: "secret" } },
      { path: "note", before: { kind: "secret" }, after: { kind: "secret" } },
    ]);
  });

  it("shows unknown values as unknown and new resources leaf by leaf", () => {
    const { changes } = run([{ op: "create", name: "x", new: { inputs: { tags: { owner: "ada", arn: unknown }, key: secret } } }]);
    expect(changes.resources[0]?.properties.map(({ path, after }) => `${path} ${after.kind}`)).toEqual(["tags.owner plain", "tags.arn unknown", "key secret"]);
  });

  it("names the stack outputs that change or become unknown", () => {
    const { changes } = run([
      { op: "same", name: "stack", old: { outputs: { a: 1, b: "x", c: secret, gone: 1 } }, new: { outputs: { a: 1, b: unknown, c: secret, fresh: 1 } } },
    ]);
    expect(changes.changedOutputs).toEqual(["b", "gone", "fresh"]);
    expect(changes.maskedOutputs).toEqual(["c"]);
  });
});

describe("drift of a refresh phase", () => {
  const began = (name: string): { op: string; name: string; phase: string } => ({ op: "refresh", name, phase: "resourcePreEvent" });

  it("tells changed, gone and output-only apart, and leaves providers and components out", () => {
    const { drift, changes } = run([
      began("a"),
      { op: "refresh", name: "a", old: { inputs: { x: 1 } }, new: { inputs: { x: 2 } }, more: diff("x") },
      began("b"),
      { op: "refresh", name: "b", old: {}, new: null },
      began("c"),
      { op: "refresh", name: "c", old: { outputs: { seen: 1 } }, new: { outputs: { seen: 2 } }, more: { detailedDiff: {} } },
      began("d"),
      { op: "refresh", name: "d", old: { outputs: { seen: 1 } }, new: { outputs: { seen: 1 } } },
      began("e"),
      { op: "refresh", name: "e", old: { custom: false, outputs: { a: 1 } }, new: { custom: false, outputs: { a: 2 } } },
    ]);
    expect(drift.map(({ kind, name }) => `${kind} ${name}`)).toEqual(["changed a", "gone b", "output-only c"]);
    expect(changes.resources).toEqual([]);
  });
});
