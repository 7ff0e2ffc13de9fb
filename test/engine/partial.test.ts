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

  it("control: where the cloud does not tell the id, the state does not have it, and the next run creates a second time", async () => {
    const { results, idBetween, creates } = await twice("lost", "fail-after");
    expect({ results, idBetween, creates }).toEqual({
      results: ["failed", "failed"],
      idBetween: undefined,
      creates: ["half commit", "half fail", "whole commit"],
    });
  });
});

describe("what is deleted for another one, which is then refused, where the program turns back", () => {
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

  it.skipIf(!isFull)("is made again, and stays", async () => {
    expect(await turnedBack(true)).toEqual(["succeeded", [["the-role", "/one/"]]]);
  });

  it("control: as the engine does it by itself, it makes it and then deletes it by its name, and says that all went well", async () => {
    expect(await turnedBack(false)).toEqual(["succeeded", []]);
  });
});
