import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keptState } from "../../src/adapters/engine/kept-state.ts";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { anEngine, limits, openWorkshop, passphrase, type Workshop } from "./workshop.ts";

const program = `
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
const logs = new aws.s3.Bucket("logs", { bucket: "shop-logs", tags: { "{": "}\\"", mark: "äöü <&> \\\\" } });
export const name = logs.bucket;
export const token = pulumi.secret("token-5b1e");
`;

describe("the state that a file backend keeps", () => {
  let shop: Workshop;
  let file = "";
  let text = "";
  beforeAll(async () => {
    shop = await openWorkshop();
    await shop.program(program);
    await shop.engine.init(shop.site("s"));
    await shop.engine.up(shop.site("s"), { ...limits, refresh: false });
    file = join(fileURLToPath(shop.backend), ".pulumi/stacks/shop/dev.s.json");
    text = await readFile(file, "utf8");
  });
  afterAll(() => shop.close());

  async function exported(): Promise<unknown> {
    const variables = { PULUMI_BACKEND_URL: shop.backend, PULUMI_CONFIG_PASSPHRASE: passphrase, PULUMI_HOME: join(shop.root, "plain-home") };
    const { stdout } = await runChild([(await anEngine()) ?? "pulumi", "stack", "export", "-s", "dev.s", "--non-interactive"], {
      cwd: shop.site("s").directory,
      env: { PATH: thisMachine().path, HOME: shop.root, ...variables },
      deadlineMs: 60_000,
    });
    return JSON.parse(stdout);
  }

  it("is read as the engine exports it, secrets as they are kept", async () => {
    const kept = await keptState(shop.site("s"));
    const raw = typeof kept === "object" ? kept.raw : "";
    expect(JSON.parse(raw)).toEqual(await exported());
    expect(raw).not.toContain("token-5b1e");
    expect(raw).toContain("ciphertext");
  });

  it("can be imported again as it was read", async () => {
    const before = await shop.engine.exportState(shop.site("s"));
    await shop.engine.importState(shop.site("s"), before.deployment);
    // Its secrets are encrypted anew: nothing else became different.
    const after = await shop.engine.exportState(shop.site("s"));
    expect([after.resources, await shop.engine.outputs(shop.site("s"))]).toMatchObject([before.resources, { name: "shop-logs" }]);
    await writeFile(file, text);
  });

  it("is the engine's to tell where it is kept otherwise; it says the same", async () => {
    const { digest } = await shop.engine.exportState(shop.site("s"));
    await rm(file);
    await writeFile(`${file}.gz`, gzipSync(text));
    expect(await keptState(shop.site("s"))).toBeUndefined();
    expect((await shop.engine.exportState(shop.site("s"))).digest).toBe(digest);
    await rm(`${file}.gz`);
    await writeFile(file, text);
  });

  it.each([
    ["half of it is there", (whole: string) => whole.slice(0, whole.length / 2)],
    ["it has a newer format", (whole: string) => whole.replace('"version":3', '"version":4,"features":["refreshBeforeUpdate"]')],
    ["more stands before it", (whole: string) => whole.replace('"latest"', '"config":{"a":"b"},"latest"')],
  ])("is not read when %s", async (_, change) => {
    expect(change(text)).not.toBe(text);
    await writeFile(file, change(text));
    expect(await keptState(shop.site("s"))).toBeUndefined();
    await writeFile(file, text);
  });

  it("has no file beside it that an engine could be killed at; one that is cut off keeps nobody from it", async () => {
    const written = await readdir(fileURLToPath(shop.backend), { recursive: true });
    expect(written.some((name) => name.endsWith("dev.s.json"))).toBe(true);
    expect(written.filter((name) => name.endsWith(".attrs"))).toEqual([]);
    await writeFile(`${file}.attrs`, '{"user.cache_con');
    expect(await shop.engine.up(shop.site("s"), { ...limits, refresh: false })).toMatchObject({ result: "succeeded" });
    await writeFile(file, text);
  });

  it("is not kept from anybody by a lock that its engine could not write to the end", async () => {
    const folder = join(fileURLToPath(shop.backend), ".pulumi/locks/organization/shop/dev.s");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "0b8e.json.18ea2c174c33dbcb.tmp"), "");
    await expect(shop.engine.up(shop.site("s"), { ...limits, refresh: false })).rejects.toThrow("cannot be read");
    expect(await shop.engine.locks(shop.site("s"))).toEqual([]);
    expect(await shop.engine.up(shop.site("s"), { ...limits, refresh: false })).toMatchObject({ result: "succeeded" });
    await writeFile(file, text);
  });

  it("has whole copies beside it when it was cut off, the newest first; those that were cut off too are none", async () => {
    const site = shop.site("s");
    const own = { deployment: (await shop.engine.exportState(site)).deployment, from: "our own" };
    await writeFile(file, text.slice(0, 4_096));
    const copies = await shop.engine.copies(site, [own, { deployment: own.deployment.slice(0, 900), from: "half" }]);
    expect(copies.map(({ from }) => from)).toEqual(expect.arrayContaining([".pulumi/stacks/shop/dev.s.json.bak", "our own"]));
    expect(copies.map(({ from }) => from)).not.toContain("half");
    expect(copies.map(({ savedMs }) => savedMs)).toEqual(copies.map(({ savedMs }) => savedMs).toSorted((a, b) => b - a));
    await shop.engine.importState(site, copies[0]?.deployment ?? "");
    expect((await shop.engine.exportState(site)).resources.map(({ urn }) => urn)).toEqual(copies[0]?.resources.map(({ urn }) => urn));
    await writeFile(file, text);
  });

  it("is told apart from a stack that is not there, and from a backend that is not", async () => {
    expect(await keptState(shop.site("nothing"))).toBe("absent");
    expect(await keptState({ ...shop.site("s"), backend: `${shop.backend}/elsewhere` })).toBeUndefined();
    expect(await keptState({ ...shop.site("s"), backend: "s3://bucket" })).toBeUndefined();
  });
});
