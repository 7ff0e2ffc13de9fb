import { describe, expect, test } from "vitest";
import { holds, mended, toRead, withRead, withUnended } from "./pending.ts";
import { readExport, summaryOf } from "./state.ts";
import { creating, old, provider, resourcesIn, site, text } from "./testing/deployments.ts";

const state = (pending: readonly unknown[] = []): string =>
  JSON.stringify({ version: 3, deployment: { manifest: {}, resources: [provider, old], pending_operations: pending } });
type Written = { readonly deployment: { readonly resources: readonly unknown[]; readonly pending_operations: readonly unknown[] } };
const written = (...args: Parameters<typeof withUnended>): Written["deployment"] => (JSON.parse(withUnended(...args)) as Written).deployment;

describe("a state into which an object is taken", () => {
  test("has it in the place of the one of its urn, which it replaced; one that it has already stays as it is", () => {
    const adopt = (id: string): Written["deployment"] =>
      (JSON.parse(mended(state(), { adopt: [{ urn: old.urn, id }], drop: [], reread: [] }, site)) as Written).deployment;
    expect(adopt("x-2").resources).toEqual([provider, { ...old, delete: true }, { ...old, id: "x-2", inputs: {}, outputs: {} }]);
    expect(adopt("x-1").resources).toEqual([provider, old]);
  });
});

test("a state whose object was deleted for another one has that in its place, also where both have one name", () => {
  const freed = { ...old, pendingReplacement: true };
  const rests = { urn: "u::p::aws:x::rests", type: "aws:x", custom: true, id: "r-1", dependencies: [old.urn] };
  const pending = [{ type: "creating", resource: { ...old, id: undefined, inputs: { name: "n" } } }];
  const text = JSON.stringify({ version: 3, deployment: { manifest: {}, resources: [provider, freed, rests], pending_operations: pending } });
  const mend = { adopt: [{ urn: old.urn, id: "x-1" }], drop: [], reread: [] };
  expect((JSON.parse(mended(text, mend, site)) as Written).deployment).toEqual({
    manifest: {},
    resources: [provider, { ...old, inputs: { name: "n" }, outputs: {} }, rests],
  });
  const { resources } = (JSON.parse(mended(text, { ...mend, adopt: [] }, site)) as Written).deployment;
  expect(resources).toEqual([provider, freed, rests]);
});

describe("what was deleted for another one", () => {
  test("leaves its mark to nothing that takes its place; a mark of the program's own stays", () => {
    const adopt = (older: object): readonly unknown[] | undefined =>
      resourcesIn(mended(text(provider, older), { adopt: [{ urn: old.urn, id: "x-2" }], drop: [], reread: [] }, site));
    expect(adopt({ ...old, pendingReplacement: true, retainOnDelete: true })).toEqual([provider, { ...old, id: "x-2", inputs: {}, outputs: {} }]);
    expect(adopt({ ...old, retainOnDelete: true })?.at(-1)).toEqual({ ...old, retainOnDelete: true, id: "x-2", inputs: {}, outputs: {} });
  });
});

describe("what was read of some resources", () => {
  const rests = { urn: "u::p::aws:x::rests", type: "aws:x", custom: true, id: "r-1", dependencies: [provider.urn, old.urn], deletedWith: old.urn };

  test("is gone: it is taken out, and nothing names it any more; what else was read along is not taken over", () => {
    const read = {
      text: text(provider, { ...rests, dependencies: [provider.urn], deletedWith: undefined, outputs: { live: true } }),
      urns: new Set([old.urn]),
    };
    const { deletedWith: _, ...kept } = rests;
    expect(resourcesIn(withRead(text(provider, old, rests), read, site))).toEqual([provider, { ...kept, dependencies: [provider.urn] }]);
  });

  test("has another id than it was asked by: it is the same object", () => {
    const asked = { ...old, id: "name" };
    const older = { ...old, id: "x-0", delete: true };
    const answered = text(provider, older, { ...asked, id: "arn:x:name" });
    expect(holds(answered, old.urn, site)).toBe(true);
    expect(resourcesIn(withRead(text(provider, older, asked), { text: answered, urns: new Set([old.urn]) }, site))).toEqual([
      provider,
      older,
      { ...asked, id: "arn:x:name" },
    ]);
    expect(holds(text(provider, older), old.urn, site)).toBe(false);
    expect(resourcesIn(withRead(text(provider, older, asked), { text: text(provider, older), urns: new Set([old.urn]) }, site))).toEqual([provider, older]);
  });
});

describe("an update that never ended", () => {
  const renamed = { ...old, urn: "u::p::aws:x::renamed", id: undefined, aliases: ["u::p::aws:y::old", old.urn] };
  const half = (resources: readonly unknown[], type = "updating"): string =>
    JSON.stringify({ version: 3, deployment: { manifest: {}, resources, pending_operations: [{ type, resource: renamed }] } });
  const read = (text: string): readonly (readonly string[])[] => [...toRead(text, { adopt: [], drop: [], reread: [renamed.urn] }, site)];
  const pending = (text: string): object | undefined => summaryOf(readExport(text, site), text).pending[0];

  test("of what has another name in the state is read by that one", () => {
    expect([pending(half([provider, old])), read(half([provider, old]))]).toMatchObject([
      { urn: renamed.urn, recordedAs: old.urn, known: ["x-1"] },
      [[old.urn, renamed.urn]],
    ]);
    const both = half([provider, old, { ...old, urn: renamed.urn, id: "x-2" }]);
    expect([pending(both), read(both)]).toMatchObject([{ recordedAs: renamed.urn, known: ["x-2"] }, [[renamed.urn, renamed.urn]]]);
  });

  test("is not of what is to be deleted under a name that it had; where the state has nothing of it there is nothing to read", () => {
    const gone = half([provider, { ...old, delete: true }]);
    expect([pending(gone), read(gone)]).toMatchObject([{ recordedAs: undefined, known: [] }, []]);
    // A name that it had may be another resource's by now: only an update goes on with that.
    expect(pending(half([provider, old], "deleting"))).toMatchObject({ recordedAs: undefined });
  });
});

describe("what a person says is not there", () => {
  const below = { urn: "u::p::aws:x$aws:y::below", type: "aws:y", custom: true, id: "b-1", parent: old.urn, dependencies: [provider.urn, old.urn] };
  const rests = { urn: "u::p::aws:z::rests", type: "aws:z", custom: true, id: "r-1", propertyDependencies: { of: [old.urn], to: [below.urn] } };
  const removed = (type: string, resource: object, ...resources: readonly unknown[]): Written["deployment"] => {
    const text = JSON.stringify({ version: 3, deployment: { manifest: {}, resources, pending_operations: [{ type, resource }] } });
    return (JSON.parse(mended(text, { adopt: [], drop: [], reread: [], remove: [old.urn] }, site)) as Written).deployment;
  };

  test("is taken out of the state with its operation, and nothing names it any more", () => {
    const inBox = { ...old, parent: "u::p::acme:Box::box" };
    const box = { urn: inBox.parent, type: "acme:Box", custom: false };
    expect(removed("updating", { ...inBox, id: undefined }, provider, box, inBox, below, rests)).toEqual({
      manifest: {},
      resources: [provider, box, { ...below, parent: box.urn, dependencies: [provider.urn] }, { ...rests, propertyDependencies: { of: [], to: [below.urn] } }],
    });
  });

  test("of two objects of one urn is the one that was deleted; the other stays, and what rests on it", () => {
    const older = { ...old, id: "x-0", delete: true };
    expect(removed("deleting", older, provider, older, old, below).resources).toEqual([provider, old, below]);
    expect(removed("deleting", older, provider, old, below, older).resources).toEqual([provider, old, below]);
  });
});

describe("a copy with what was done since", () => {
  test("has each of it as an operation that never ended: creations with what they were to make, others with what it has", () => {
    const begun = { type: "aws:x", provider: `${provider.urn}::1`, parent: "u::p::component::gone" };
    const { resources, pending_operations: pending } = written(
      state(),
      [
        { urn: "u::p::aws:x::new", operation: "creating", begun },
        { urn: old.urn, operation: "deleting" },
        { urn: "u::p::aws:x::unknown", operation: "updating" },
      ],
      site,
    );
    expect(resources).toEqual([provider, old]);
    // What is no longer there is nobody's parent.
    expect(pending).toEqual([
      { type: "creating", resource: { urn: "u::p::aws:x::new", custom: true, inputs: {}, type: "aws:x", provider: `${provider.urn}::1` } },
      { type: "deleting", resource: old },
    ]);
  });

  test("has the provider too that a creation was begun with, set up as the one before", () => {
    const begun = { type: "aws:x", provider: `${provider.urn}::2` };
    const { resources } = written(state(), [{ urn: "u::p::aws:x::new", operation: "creating", begun }], site);
    expect(resources).toEqual([provider, old, { ...provider, id: "2", outputs: {} }]);
  });

  test("keeps what the engine itself wrote down of a creation", () => {
    const begun = { type: "aws:x", provider: `${provider.urn}::1` };
    expect(written(state([creating]), [{ urn: creating.resource.urn, operation: "creating", begun }], site).pending_operations).toEqual([creating]);
  });
});
