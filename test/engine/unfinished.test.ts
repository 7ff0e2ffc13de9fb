import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decide } from "../../src/domain/recovery/index.ts";
import { limits, openWorkshop, type Workshop } from "./workshop.ts";

interface Checkpoint {
  readonly checkpoint: {
    readonly latest: {
      resources: readonly { readonly urn: string }[];
      pending_operations?: readonly { readonly type: string; readonly resource: unknown }[];
    };
  };
}

/** The state file of a stack in the backend: an import would leave operations that never ended out. */
function stateFile(backend: string, stack: string): string {
  const folder = fileURLToPath(`${backend}/.pulumi/stacks`);
  const name = readdirSync(folder, { recursive: true, encoding: "utf8" }).find((one) => one.endsWith(`${stack}.json`));
  if (name === undefined) throw new Error(`no state of ${stack}`);
  return join(folder, name);
}

describe("operations that never ended", () => {
  let shop: Workshop;
  const types = ["updating", "deleting", "creating"] as const;
  let after: Awaited<ReturnType<typeof refreshed>>;
  beforeAll(async () => {
    shop = await openWorkshop();
    after = await refreshed();
  });
  afterAll(() => shop.close());

  /** What a plain refresh leaves of one of each kind. */
  async function refreshed() {
    const site = shop.site("left");
    const buckets = types.map((type) => `new aws.s3.Bucket("${type}", { bucket: "${type}-logs" });`);
    await shop.program(`import * as aws from "@pulumi/aws"; ${buckets.join(" ")}`);
    await shop.engine.init(site);
    await shop.engine.up(site, { ...limits, refresh: false });
    const file = stateFile(shop.backend, site.pulumiStack);
    const state = JSON.parse(readFileSync(file, "utf8")) as Checkpoint;
    const { latest } = state.checkpoint;
    latest.pending_operations = types.map((type) => ({ type, resource: latest.resources.find(({ urn }) => urn.endsWith(`::${type}`)) }));
    writeFileSync(file, JSON.stringify(state));
    expect((await shop.engine.exportState(site)).pending).toHaveLength(types.length);
    const { result } = await shop.engine.refresh(site, { ...limits, previewOnly: false });
    const { pending, resources } = await shop.engine.exportState(site);
    return { result, pending: pending.map(({ operation }) => operation), ids: resources.map(({ id }) => id) };
  }

  it.each(types.slice(0, 2))("of the kind %s are forgotten by a plain refresh, which reads what is there", (type) => {
    expect([after.result, after.pending.includes(type), after.ids]).toEqual(["succeeded", false, expect.arrayContaining([`${type}-logs`])]);
  });

  it("control: of the kind creating they stay: only a person knows whether the object exists", () => {
    expect(after.pending).toEqual(["creating"]);
  });
});

/** A run that was killed at its very beginning: the engine notes the creation of the stack itself, of components and of providers as it does any other. */
describe("what is nothing in any cloud, and whose creation never ended", () => {
  let shop: Workshop;
  beforeAll(async () => {
    shop = await openWorkshop();
  });
  afterAll(() => shop.close());

  it("is known for what it is, and is made by the next run", async () => {
    const site = shop.site("begun");
    await shop.program(`import * as pulumi from "@pulumi/pulumi"; import * as aws from "@pulumi/aws";
      new pulumi.ComponentResource("acme:net:Network", "net"); new aws.Provider("away", { region: "eu-west-1" });`);
    await shop.engine.init(site);
    await shop.engine.up(site, { ...limits, refresh: false });
    const file = stateFile(shop.backend, site.pulumiStack);
    const state = JSON.parse(readFileSync(file, "utf8")) as Checkpoint;
    const { latest } = state.checkpoint;
    latest.pending_operations = latest.resources.map((resource) => ({ type: "creating", resource }));
    latest.resources = [];
    writeFileSync(file, JSON.stringify(state));
    const { pending, deployment } = await shop.engine.exportState(site);
    expect(new Map(pending.map(({ type, isCustom }) => [type, isCustom]))).toEqual(
      new Map([
        ["pulumi:pulumi:Stack", false],
        ["acme:net:Network", false],
        ["pulumi:providers:aws", true],
      ]),
    );
    // A real cloud has no list of what it made.
    expect(pending.map((one) => decide(one, { listed: undefined }).kind)).toEqual(["drop", "drop", "drop"]);
    const mend = { adopt: [], drop: pending.map(({ urn }) => urn), reread: [] };
    await shop.engine.importState(site, (await shop.engine.readBack(site, { deployment, mend, limits })).deployment);
    expect((await shop.engine.up(site, { ...limits, refresh: false })).result).toBe("succeeded");
    const after = await shop.engine.exportState(site);
    expect([after.resources.length, after.pending]).toEqual([3, []]);
  });
});
