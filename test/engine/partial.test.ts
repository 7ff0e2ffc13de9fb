import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { thisMachine } from "../../src/base/process/index.ts";
import { limits, openWorkshop, type Workshop } from "./workshop.ts";

const isFull = thisMachine().variable("TRUEUP_TEST_SIZE") === "full";

const pair = (half: string): string => `
import * as aws from "@pulumi/aws";
new aws.s3.Bucket("whole", { bucket: "${half}-whole" });
new aws.s3.Bucket("half", { bucket: "${half}" });
`;

describe("a create that fails after the object is there", () => {
  let shop: Workshop;
  beforeAll(async () => {
    shop = await openWorkshop();
  });
  afterAll(() => shop.close());

  /** Two runs of `up`: the first meets the fault, once. */
  async function twice(name: string, kind: "partial" | "fail-after") {
    const site = shop.site(name);
    await shop.program(pair(name));
    await shop.engine.init(site);
    shop.cloud.fault.add({ kind, urn: "*::half", op: "create", times: 1 });
    const first = await shop.engine.up(site, { ...limits, refresh: false });
    const between = await shop.engine.exportState(site);
    const second = await shop.engine.up(site, { ...limits, refresh: false });
    shop.cloud.fault.clear();
    const created = shop.cloud.ledger().filter(({ op, phase, urn }) => op === "create" && phase !== "begin" && urn.includes(`:dev.${name}::`));
    return {
      site,
      results: [first.result, second.result],
      idBetween: between.resources.find(({ urn }) => urn.endsWith("::half"))?.id,
      creates: created.map(({ urn, phase }) => `${urn.split("::").at(-1)} ${phase}`).toSorted(),
      second,
    };
  }

  it("is in the state with its id when the cloud told it, and the next run finishes that object instead of making another", async () => {
    const { results, idBetween, creates, second, site } = await twice("partial", "partial");
    expect({ results, idBetween, creates }).toEqual({ results: ["failed", "succeeded"], idBetween: "partial", creates: ["half commit", "whole commit"] });
    expect(second.changes.resources.map(({ operation, name }) => `${operation} ${name}`)).toEqual(["update half"]);
    const after = await shop.engine.preview(site, { ...limits, live: true });
    expect(after).toMatchObject({ result: "succeeded", drift: [], changes: { resources: [], unchanged: 2 } });
  });

  // The slice has objects that are made twice in the simulation's controls.
  it.skipIf(!isFull)("control: where the cloud does not tell the id, the state does not have it, and the next run creates a second time", async () => {
    const { results, idBetween, creates } = await twice("lost", "fail-after");
    expect({ results, idBetween, creates }).toEqual({
      results: ["failed", "failed"],
      idBetween: undefined,
      creates: ["half commit", "half fail", "whole commit"],
    });
  });
});

// The slice has it in the contract of engines, simulated.
describe.skipIf(!isFull)("what is deleted for another one, which is then refused, where the program turns back", () => {
  let shop: Workshop;
  beforeAll(async () => {
    shop = await openWorkshop();
  });
  afterAll(() => shop.close());

  const role = (path: string): Promise<void> =>
    shop.program(`
import * as aws from "@pulumi/aws";
new aws.iam.Role("role", { name: "the-role", path: "/${path}/", assumeRolePolicy: "{}" });
`);

  /** How the engine ends that makes the older one again, and the roles that there are then. `knows`: whether it is told what is deleted already. */
  async function turnedBack(knows: boolean): Promise<readonly unknown[]> {
    const site = shop.site(knows ? "knows" : "unknowing");
    await role("one");
    await shop.engine.init(site);
    await shop.engine.up(site, { ...limits, refresh: false });
    shop.cloud.fault.add({ kind: "fail-before", op: "create", type: "aws:iam/role:Role", times: 1 });
    await role("two");
    expect((await shop.engine.up(site, { ...limits, refresh: false })).result).toBe("failed");
    const state = await shop.engine.exportState(site);
    expect([state.freed.map(({ id }) => id), shop.cloud.list({ type: "aws:iam/role:Role" })]).toEqual([["the-role"], []]);
    await role("one");
    const { result } = await shop.engine.up(site, { ...limits, known: knows ? state : { ...state, freed: [] }, refresh: true });
    const left = shop.cloud.list({ type: "aws:iam/role:Role" });
    for (const { id } of left) shop.cloud.delete(id, { type: "aws:iam/role:Role" });
    return [result, left.map(({ id, inputs }) => [id, inputs["path"]])];
  }

  it("is made again, and stays", async () => {
    expect(await turnedBack(true)).toEqual(["succeeded", [["the-role", "/one/"]]]);
  });

  it("control: as the engine does it by itself, it makes it and then deletes it by its name, and says that all went well", async () => {
    expect(await turnedBack(false)).toEqual(["succeeded", []]);
  });
});

describe.skipIf(!isFull)("what goes without a deletion of its own", () => {
  let shop: Workshop;
  beforeAll(async () => {
    shop = await openWorkshop();
  });
  afterAll(() => shop.close());

  const all = 'import * as aws from "@pulumi/aws";\n';
  const network = (octet: number): string => `${all}new aws.ec2.Vpc("net", { cidrBlock: "10.${octet}.0.0/16" });`;
  const told = async (name: string, program: string): Promise<readonly string[]> => {
    await shop.program(program);
    const { changes } = await shop.engine.preview(shop.site(name), { ...limits, live: true });
    return changes.resources.map((one) => `${one.operation} ${one.name}`);
  };

  it("is a replacement where the rest of it goes and the new object stays, and a deletion where both go", async () => {
    const site = shop.site("rest");
    await shop.program(network(1));
    await shop.engine.init(site);
    await shop.engine.up(site, { ...limits, refresh: false });
    await shop.program(network(2));
    shop.cloud.fault.add({ kind: "fail-before", op: "delete", type: "aws:ec2/vpc:Vpc", times: 1 });
    expect((await shop.engine.up(site, { ...limits, refresh: false })).result).toBe("failed");
    const twice = (await shop.engine.exportState(site)).resources.filter(({ urn }) => urn.endsWith("::net"));
    expect([twice.length, await told("rest", network(2)), await told("rest", all)]).toEqual([2, ["replace net"], ["delete net"]]);
    // The new one alone was deleted by hand.
    shop.cloud.delete(shop.cloud.list({ type: "aws:ec2/vpc:Vpc" }).find(({ inputs }) => inputs["cidrBlock"] === "10.2.0.0/16")?.id ?? "");
    expect([await told("rest", all), await told("rest", network(2))]).toEqual([["delete net"], ["replace net"]]);
  });

  it("is told as read where the program only read it, and the state says that it is somebody else's", async () => {
    const site = shop.site("reads");
    await shop.program(network(3));
    const owner = shop.site("owns");
    await shop.engine.init(owner);
    await shop.engine.up(owner, { ...limits, refresh: false });
    const id = (await shop.engine.exportState(owner)).resources.find(({ urn }) => urn.endsWith("::net"))?.id ?? "";
    await shop.program(`${all}aws.ec2.Vpc.get("seen", "${id}");\nnew aws.s3.Bucket("own", { bucket: "own" });`);
    await shop.engine.init(site);
    await shop.engine.up(site, { ...limits, refresh: false });
    const { resources } = await shop.engine.exportState(site);
    expect(resources.filter(({ isExternal }) => isExternal).map(({ urn, id: read }) => [urn.split("::").at(-1), read])).toEqual([["seen", id]]);
    expect((await told("reads", all)).toSorted()).toEqual(["delete own", "read seen"]);
    expect((await shop.engine.up(site, { ...limits, refresh: true })).result).toBe("succeeded");
    expect(shop.cloud.list({ type: "aws:ec2/vpc:Vpc" }).map((one) => one.id)).toContain(id);
  });
});
