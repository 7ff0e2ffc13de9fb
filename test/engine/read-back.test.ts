import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limits, openWorkshop, type Workshop } from "./workshop.ts";

interface Recorded {
  readonly urn: string;
  readonly id?: string;
  readonly delete?: boolean;
  readonly outputs?: Readonly<Record<string, unknown>>;
}
interface Latest {
  resources: readonly Recorded[];
  pending_operations?: readonly { readonly type: string; readonly resource: unknown }[];
}

const program = `import * as aws from "@pulumi/aws";
const net = new aws.ec2.Vpc("net", { cidrBlock: "10.0.0.0/16" });
new aws.ec2.Subnet("sub", { vpcId: net.id, cidrBlock: "10.0.1.0/24" });
new aws.s3.Bucket("logs", {});
`;

/** What never ended is read from the cloud in a copy of the state. */
const isFull = process.env["TRUEUP_TEST_SIZE"] === "full";

describe("a state with operations that never ended, read back", () => {
  let shop: Workshop;
  beforeAll(async () => {
    shop = await openWorkshop();
    await shop.program(program);
  });
  afterAll(() => shop.close());

  const made = new Map<string, ReturnType<typeof interrupt>>();
  /** A stack that is applied, and whose state then says that the operation on one resource never ended. Made once. */
  function interrupted(name: string, resource: string, type: string): ReturnType<typeof interrupt> {
    const one = made.get(name) ?? interrupt(name, resource, type);
    made.set(name, one);
    return one;
  }
  async function interrupt(name: string, resource: string, type: string) {
    const site = shop.site(name);
    await shop.engine.init(site);
    await shop.engine.up(site, { ...limits, refresh: false });
    const folder = fileURLToPath(`${shop.backend}/.pulumi/stacks`);
    const file = join(folder, readdirSync(folder, { recursive: true, encoding: "utf8" }).find((one) => one.endsWith(`${site.pulumiStack}.json`)) ?? "");
    const state = JSON.parse(readFileSync(file, "utf8")) as { checkpoint: { latest: Latest } };
    const { latest } = state.checkpoint;
    const found = latest.resources.find(({ urn }) => urn.endsWith(`::${resource}`));
    const { id = "", outputs: _, ...asked } = found as Recorded;
    latest.pending_operations = [{ type, resource: type === "creating" ? { ...asked, id: undefined } : found }];
    if (type === "creating") latest.resources = latest.resources.filter((one) => one !== found);
    writeFileSync(file, JSON.stringify(state));
    return { site, id, urn: found?.urn ?? "", before: await shop.engine.exportState(site) };
  }

  it("says of an id that the cloud does not have that it is gone", async () => {
    const { site, urn, before } = await interrupted("made", "sub", "creating");
    const read = await shop.engine.readBack(site, { deployment: before.deployment, mend: { adopt: [{ urn, id: "subnet-0" }], drop: [], reread: [] }, limits });
    expect([read.failure, [...read.found]]).toEqual([undefined, [[urn, false]]]);
    const { deployment } = JSON.parse(read.deployment) as { deployment: Latest };
    expect([deployment.pending_operations ?? [], deployment.resources.some((one) => one.urn === urn)]).toEqual([[], false]);
  });

  it("takes a created object in with its id and what it is, and nothing is created again", async () => {
    const { site, id, urn, before } = await interrupted("made", "sub", "creating");
    expect(before.pending).toMatchObject([{ urn, operation: "creating", known: [], inputs: { cidrBlock: "10.0.1.0/24" } }]);
    const read = await shop.engine.readBack(site, { deployment: before.deployment, mend: { adopt: [{ urn, id }], drop: [], reread: [] }, limits });
    expect([read.failure, [...read.found]]).toEqual([undefined, [[urn, true]]]);
    expect((await shop.engine.exportState(site)).digest).toBe(before.digest);
    await shop.engine.importState(site, read.deployment);
    const ledger = shop.cloud.ledger().length;
    const up = await shop.engine.up(site, { ...limits, refresh: false });
    expect([up.result, up.changes.resources]).toEqual(["succeeded", []]);
    expect([shop.cloud.ledger().length, (await shop.engine.exportState(site)).pending]).toEqual([ledger, []]);
  });

  it("says which object it was that could not be read", async () => {
    const { site, urn, before } = await interrupted("updating", "net", "updating");
    const state = JSON.parse(before.deployment) as { deployment: Latest };
    const other = state.deployment.resources.find((one) => one.urn.endsWith("::logs"));
    state.deployment.pending_operations = [...(state.deployment.pending_operations ?? []), { type: "deleting", resource: other }];
    shop.cloud.fault.add({ kind: "fail-before", op: "read", urn, message: "AccessDenied" });
    const mend = { adopt: [], drop: [], reread: [urn, other?.urn ?? ""] };
    const read = await shop.engine.readBack(site, { deployment: JSON.stringify(state), mend, limits });
    shop.cloud.fault.clear();
    expect([read.failure, [...read.unread.keys()]]).toEqual([expect.stringContaining("AccessDenied"), [urn]]);
  });

  it.each(isFull ? ["updating", "deleting"] : ["updating"])("reads a resource whose operation was %s, and only that", async (type) => {
    const { site, id, urn, before } = await interrupted(type, "net", type);
    shop.cloud.set(id, "tags.owner", "mallory");
    const read = await shop.engine.readBack(site, { deployment: before.deployment, mend: { adopt: [], drop: [], reread: [urn] }, limits });
    expect(read.failure).toBeUndefined();
    await shop.engine.importState(site, read.deployment);
    const after = await shop.engine.exportState(site);
    expect(after.pending).toEqual([]);
    const { deployment } = JSON.parse(after.deployment) as { deployment: Latest };
    expect(deployment.resources.find((one) => one.urn === urn)?.outputs).toMatchObject({ tags: { owner: "mallory" } });
  });

  it.skipIf(!isFull)("marks what a created object was to replace, and the engine deletes that one next", async () => {
    const { site, id, urn } = await interrupted("swap", "logs", "updating");
    const state = JSON.parse((await shop.engine.exportState(site)).deployment) as { deployment: Latest };
    const old = state.deployment.resources.find((one) => one.urn === urn) as Recorded;
    const other = shop.site("swap-other");
    await shop.engine.init(other);
    await shop.engine.up(other, { ...limits, refresh: false });
    const theirs = JSON.parse((await shop.engine.exportState(other)).deployment) as { deployment: Latest };
    const second = theirs.deployment.resources.find((one) => one.urn.endsWith("::logs"))?.id ?? "";
    const { id: _, outputs: __, ...asked } = old;
    state.deployment.pending_operations = [{ type: "creating", resource: asked }];
    const read = await shop.engine.readBack(site, { deployment: JSON.stringify(state), mend: { adopt: [{ urn, id: second }], drop: [], reread: [] }, limits });
    expect([read.failure, [...read.found]]).toEqual([undefined, [[urn, true]]]);
    await shop.engine.importState(site, read.deployment);
    await shop.engine.up(site, { ...limits, refresh: false });
    const live = new Set(shop.cloud.list({ type: "aws:s3/bucket:Bucket" }).map((one) => one.id));
    expect([live.has(second), live.has(id)]).toEqual([true, false]);
  });
});
