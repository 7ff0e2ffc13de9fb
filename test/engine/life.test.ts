import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { thisMachine } from "../../src/base/process/index.ts";
import { at, limits, named, openWorkshop, type Workshop } from "./workshop.ts";

const isFull = thisMachine().variable("TRUEUP_TEST_SIZE") === "full";

const buckets = (owner: string, more = ""): string => `
import * as aws from "@pulumi/aws";
function declare() {
  return new aws.s3.Bucket("logs", { bucket: "shop-logs", tags: { owner: "${owner}" } });
}
const logs = declare();
const files = new aws.s3.Bucket("files", { bucket: "shop-files" });
${more}
export const name = logs.bucket;
`;

async function tree(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of await readdir(folder)) if (name !== "node_modules") found[name] = await readFile(join(folder, name), "utf8");
  return found;
}

describe("the life of a stack", () => {
  let shop: Workshop;
  beforeAll(async () => {
    shop = await openWorkshop();
  });
  afterAll(() => shop.close());

  it("previews a stack that was never initialised without creating it anywhere", async () => {
    await shop.program(buckets("platform"));
    const site = shop.site("absent");
    const before = await tree(site.directory);
    const outcome = await shop.engine.preview(site, { ...limits, live: true });
    expect(outcome.result).toBe("succeeded");
    expect(outcome.changes.resources.map(({ operation, name }) => `${operation} ${name}`).toSorted()).toEqual(["create files", "create logs"]);
    expect(named(outcome.changes.resources, "logs").stateful).toBe(true);
    expect(await shop.engine.exportState(site)).toMatchObject({ exists: false, digest: "" });
    expect(await tree(site.directory)).toEqual(before);
    expect(shop.cloud.ledger()).toEqual([]);
  });

  it("creates, sees no change, updates, replaces, deletes and destroys", async () => {
    const site = shop.site("life");
    await shop.program(buckets("platform"));
    await shop.engine.init(site);
    await shop.engine.init(site);
    const created = await shop.engine.up(site, { ...limits, refresh: false });
    expect(created).toMatchObject({ result: "succeeded", exitCode: 0 });
    expect(created.changes.resources.map(({ operation }) => operation)).toEqual(["create", "create"]);
    expect(named(created.changes.resources, "logs").source).toMatch(/^index\.ts:4$/);
    expect(await shop.engine.outputs(site)).toEqual({ name: "shop-logs" });

    const again = await shop.engine.preview(site, { ...limits, live: true });
    expect(again).toMatchObject({ result: "succeeded", drift: [], changes: { resources: [], unchanged: 2, changedOutputs: [], diagnostics: [] } });

    await shop.program(buckets("payments").replace("shop-files", "shop-files-2"));
    const state = await shop.engine.exportState(site);
    const changed = await shop.engine.preview(site, { ...limits, live: true });
    const update = named(changed.changes.resources, "logs");
    expect(update.operation).toBe("update");
    expect(at(update.properties, "tags.owner")).toMatchObject({
      before: { kind: "plain", value: "platform" },
      after: { kind: "plain", value: "payments" },
      replaces: false,
    });
    const replace = named(changed.changes.resources, "files");
    expect(replace.operation).toBe("replace");
    expect(at(replace.properties, "bucket")).toMatchObject({ replaces: true, guessed: false });
    expect(changed.changes.resources).toHaveLength(2);
    expect((await shop.engine.exportState(site)).digest).toBe(state.digest);

    expect(
      (await shop.engine.up(site, { ...limits, refresh: true })).changes.resources.map(({ operation, name }) => `${operation} ${name}`).toSorted(),
    ).toEqual(["replace files", "update logs"]);
    const gone = await shop.engine.destroy(site, { ...limits, previewOnly: false });
    expect(gone.changes.resources.map(({ operation }) => operation)).toEqual(["delete", "delete"]);
    expect((await shop.engine.history(site)).map(({ kind, result }) => `${kind} ${result}`)).toEqual([
      "destroy succeeded",
      "update succeeded",
      "update succeeded",
    ]);
    await shop.engine.remove(site);
    expect((await shop.engine.exportState(site)).exists).toBe(false);
  });

  // The slice has it in kept-state.test.ts.
  it.skipIf(!isFull)("gives a state back as it was exported", async () => {
    const site = shop.site("backup");
    await shop.program(buckets("platform").replaceAll("shop-", "backup-"));
    await shop.engine.init(site);
    await shop.engine.up(site, { ...limits, refresh: false });
    const before = await shop.engine.exportState(site);
    await shop.engine.destroy(site, { ...limits, previewOnly: false });
    await shop.engine.importState(site, before.deployment);
    expect((await shop.engine.exportState(site)).digest).toBe(before.digest);
  });

  // The slice has it in confined.test.ts and, in a bucket, in test/aws/moto.test.ts.
  it.skipIf(!isFull)("previews a new stack that reads another stack's outputs", async () => {
    const upstream = shop.site("upstream");
    await shop.program('export const url = "https://shop.example"; export const more = { port: 80 };');
    await shop.engine.init(upstream);
    await shop.engine.up(upstream, { ...limits, refresh: false });
    await shop.program(
      `import * as pulumi from "@pulumi/pulumi"; const r = new pulumi.StackReference("organization/shop/dev.upstream"); export const seen = r.getOutput("url");`,
    );
    const outcome = await shop.engine.preview(shop.site("downstream"), { ...limits, live: true });
    expect(outcome).toMatchObject({ result: "succeeded", changes: { resources: [], changedOutputs: ["seen"], reads: ["organization/shop/dev.upstream"] } });
  });
});

describe("drift", () => {
  let shop: Workshop;
  beforeAll(async () => {
    shop = await openWorkshop();
    await shop.program(buckets("platform"));
    await shop.engine.init(shop.site("s"));
    await shop.engine.up(shop.site("s"), { ...limits, refresh: false });
  });
  afterAll(() => shop.close());

  it("is found property by property in the same run that plans, and by a refresh, without writing", async () => {
    const site = shop.site("s");
    shop.cloud.set("shop-logs", "tags.owner", "mallory");
    shop.cloud.delete("shop-files");
    const state = await shop.engine.exportState(site);
    const both = await shop.engine.preview(site, { ...limits, live: true });
    const alone = await shop.engine.refresh(site, { ...limits, previewOnly: true });
    for (const { drift, result } of [both, alone]) {
      expect(result).toBe("succeeded");
      expect(drift.map(({ kind, name }) => `${kind} ${name}`).toSorted()).toEqual(["changed logs", "gone files"]);
      const changed = drift.find(({ kind }) => kind === "changed");
      expect(at(changed?.properties ?? [], "tags.owner")).toMatchObject({ before: { value: "platform" }, after: { value: "mallory" } });
    }
    expect(both.changes.resources.map(({ operation, name }) => `${operation} ${name}`).toSorted()).toEqual(["create files", "update logs"]);
    expect((await shop.engine.exportState(site)).digest).toBe(state.digest);
    const repaired = await shop.engine.up(site, { ...limits, refresh: true });
    expect(repaired.result).toBe("succeeded");
    expect((await shop.engine.preview(site, { ...limits, live: true })).drift).toEqual([]);
  });

  it("is not put right by who may not act any more: no engine is started", async () => {
    const site = shop.site("s");
    await shop.program(buckets("payments"));
    const [lines, state] = [shop.cloud.ledger().length, await shop.engine.exportState(site)];
    const mayAct = (): Promise<void> => Promise.reject(new Error("the lease is another's"));
    await expect(shop.engine.up(site, { ...limits, refresh: true, mayAct })).rejects.toThrow("the lease is another's");
    expect([shop.cloud.ledger().length, (await shop.engine.exportState(site)).digest]).toEqual([lines, state.digest]);
  });
});
