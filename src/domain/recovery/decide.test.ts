import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, isNoAnswer, settle, type Evidence, type Unfinished } from "./decide.ts";

const vpc: Unfinished = {
  urn: "urn:pulumi:dev.a::p::aws:ec2/vpc:Vpc::main",
  type: "aws:ec2/vpc:Vpc",
  isCustom: true,
  operation: "creating",
  inputs: {},
  recordedAs: undefined,
  known: [],
  freed: [],
};
const bucket: Unfinished = { ...vpc, type: "aws:s3/bucket:Bucket", inputs: { bucket: "logs-4f2c1d9", __defaults: ["bucket"] } };
const called: Unfinished = { ...bucket, inputs: { bucket: "acme-logs", __defaults: [] } };
const map: Unfinished = { ...vpc, type: "kubernetes:core/v1:ConfigMap", inputs: { metadata: { name: "settings", namespace: "shop" } } };
const drawnMap: Unfinished = {
  ...map,
  inputs: { metadata: { name: "settings-1a2b3c4d", namespace: "shop", annotations: { "pulumi.com/autonamed": "true" } } },
};

describe("a creation that never ended", () => {
  it.each<[string, Unfinished, Evidence, boolean | undefined, object]>([
    ["is taken in by the id that the engine told", vpc, { told: "vpc-1" }, true, { kind: "adopt", id: "vpc-1" }],
    ["whose told object is gone was made and went: it is made anew", vpc, { told: "vpc-1" }, false, { kind: "drop" }],
    [
      "is not known by an id that the state has: that one it was to replace",
      { ...vpc, known: ["vpc-1"] },
      { told: "vpc-1" },
      undefined,
      { kind: "quarantine" },
    ],
    ["is taken in when the cloud lists one object of it", vpc, { listed: ["vpc-1"] }, true, { kind: "adopt", id: "vpc-1" }],
    ["is a riddle when the cloud lists an object and cannot read it", vpc, { listed: ["vpc-1"] }, false, { kind: "quarantine" }],
    ["is a riddle while a server that is held still may make it", bucket, { listed: "open" }, undefined, { kind: "quarantine" }],
    ["is told all the same where its engine told it", vpc, { told: "vpc-1", listed: "open" }, true, { kind: "adopt", id: "vpc-1" }],
    ["was not made when the cloud lists nothing", vpc, { listed: [] }, undefined, { kind: "drop" }],
    ["is a riddle when the cloud lists several", vpc, { listed: ["vpc-1", "vpc-2"] }, undefined, { kind: "quarantine" }],
    [
      "is a riddle when its id is the cloud's and nobody told it",
      vpc,
      {},
      undefined,
      { kind: "quarantine", because: expect.stringContaining("given by the cloud") },
    ],
    ["is taken in by a name that was drawn for it", bucket, {}, true, { kind: "adopt", id: "logs-4f2c1d9" }],
    ["was not made when nothing has the name that was drawn for it", bucket, {}, false, { kind: "drop" }],
    ["is a riddle when something has the name that the program gave it", called, {}, true, { kind: "quarantine", id: "acme-logs" }],
    ["was not made when nothing has the name that the program gave it", called, {}, false, { kind: "drop" }],
    ["is a riddle when the cloud cannot be asked", bucket, {}, undefined, { kind: "quarantine", because: expect.stringContaining("could not be asked") }],
    ["is known in kubernetes by namespace and name", drawnMap, {}, true, { kind: "adopt", id: "shop/settings-1a2b3c4d" }],
    ["in kubernetes with a name of the program's is a riddle when it exists", map, {}, true, { kind: "quarantine", id: "shop/settings" }],
    ["of an object without a namespace in its inputs is a riddle", { ...map, inputs: { metadata: { name: "x" } } }, {}, undefined, { kind: "quarantine" }],
    [
      "that takes the name of an object that was deleted for it is taken in by that name",
      { ...called, freed: ["acme-logs"] },
      {},
      true,
      { kind: "adopt", id: "acme-logs" },
    ],
    ["and was not made when nothing has that name", { ...called, freed: ["acme-logs"] }, {}, false, { kind: "drop" }],
    ["that replaces an object of its own name is a riddle", { ...called, known: ["acme-logs"] }, {}, undefined, { kind: "quarantine" }],
    ["of what is only in the state was not made", { ...vpc, type: "random:index/randomString:RandomString" }, {}, undefined, { kind: "drop" }],
    ["of a stack was not made: it is nothing in any cloud", { ...vpc, type: "pulumi:pulumi:Stack", isCustom: false }, {}, undefined, { kind: "drop" }],
    ["of a provider was not made", { ...vpc, type: "pulumi:providers:aws" }, {}, undefined, { kind: "drop" }],
    ["of a component was not made", { ...vpc, type: "acme:net:Network", isCustom: false }, {}, undefined, { kind: "drop" }],
    ["of a dynamic resource is a riddle", { ...vpc, type: "pulumi-nodejs:dynamic:Resource" }, {}, undefined, { kind: "quarantine" }],
    ["is what a person who looked says: an id", called, { said: { id: "acme-logs" } }, true, { kind: "adopt", id: "acme-logs" }],
    ["is what a person who looked says: nothing", vpc, { said: "absent", listed: ["vpc-1"] }, undefined, { kind: "drop" }],
    ["stays a riddle when a person names an id that the cloud does not have", vpc, { said: { id: "vpc-9" } }, false, { kind: "quarantine" }],
  ])("%s", (...[, operation, evidence, exists, outcome]) => {
    expect(settle(decide(operation, evidence), exists)).toMatchObject({ urn: operation.urn, ...outcome });
  });

  it("is never forgotten while something may be there: without evidence of absence it is taken in or left to a person", () => {
    const ids = fc.array(fc.constantFrom("vpc-1", "vpc-2"), { maxLength: 2 });
    fc.assert(
      fc.property(
        fc.constantFrom(vpc, bucket, called, map, drawnMap),
        fc.option(fc.constantFrom("vpc-1"), { nil: undefined }),
        fc.option(ids, { nil: undefined }),
        fc.constantFrom(true, undefined),
        (...[operation, told, listed, exists]) => {
          const saysNothing = told === undefined && listed?.length === 0;
          const { kind } = settle(decide(operation, { told, listed }), exists);
          expect(kind === "drop").toBe(saysNothing);
        },
      ),
    );
  });
});

describe("what a person says", () => {
  it.each<[string, Unfinished, NonNullable<Evidence["said"]>, boolean]>([
    ["of an object", vpc, { id: "vpc-1" }, false],
    ["that a component exists", { ...vpc, isCustom: false }, { id: "x" }, true],
    ["that a provider exists", { ...vpc, type: "pulumi:providers:aws" }, { id: "x" }, true],
    ["that a component that was updated is not there", { ...vpc, isCustom: false, operation: "updating" }, "absent", true],
    ["that a stack is not there, which is so", { ...vpc, type: "pulumi:pulumi:Stack", isCustom: false }, "absent", false],
  ])("%s", (...[, operation, said, isRefused]) => {
    expect(isNoAnswer(operation, said)).toBe(isRefused);
  });
});

describe("other operations that never ended", () => {
  it.each([
    ["updating", "reread"],
    ["deleting", "reread"],
    ["reading", "drop"],
    ["importing", "drop"],
    ["teleporting", "quarantine"],
  ])("%s: %s", (operation, kind) => {
    expect(decide({ ...vpc, operation, recordedAs: vpc.urn }, { told: "vpc-1", listed: [] })).toMatchObject({ kind });
  });

  const half: Unfinished = { ...vpc, operation: "updating", recordedAs: vpc.urn, known: ["vpc-1"] };
  it.each<[string, Unfinished, NonNullable<Evidence["said"]>, object]>([
    ["updating: it is there, and stays as the state has it", half, { id: "vpc-1" }, { kind: "keep" }],
    ["updating: it is not there, and is taken out of the state", half, "absent", { kind: "remove" }],
    ["deleting: it is there", { ...half, operation: "deleting" }, { id: "vpc-1" }, { kind: "keep" }],
    ["deleting: it is not there", { ...half, operation: "deleting" }, "absent", { kind: "remove" }],
    ["deleting what was deleted for another one", { ...half, operation: "deleting", known: [], freed: ["vpc-1"] }, { id: "vpc-1" }, { kind: "keep" }],
    ["updating: it is another one than the state has", half, { id: "vpc-2" }, { kind: "quarantine", id: "vpc-1", because: expect.stringContaining("vpc-2") }],
  ])("%s, when a person says so", (...[, operation, said, outcome]) => {
    expect(decide(operation, { said })).toMatchObject({ urn: vpc.urn, ...outcome });
  });

  it("updating what is nothing in any cloud needs no reading", () => {
    expect(decide({ ...half, isCustom: false }, {})).toMatchObject({ kind: "keep" });
  });

  it("updating what the state has nothing of is forgotten: there is nothing to read it by", () => {
    expect(decide({ ...vpc, operation: "updating" }, {})).toMatchObject({ kind: "drop" });
  });
});
