import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limits, openWorkshop, type Workshop } from "./workshop.ts";

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
