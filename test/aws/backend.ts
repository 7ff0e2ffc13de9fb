import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { StackSite } from "../../src/adapters/engine/index.ts";
import { Problem } from "../../src/base/problem/index.ts";
import { isFull } from "../journeys/estate.ts";
import { at, limits, named, openWorkshop, passphrase, type Workshop } from "../engine/workshop.ts";
import { backendOf, credentials, keysWith, makeBucket, objects, put } from "./bucket.ts";
import type { Moto } from "./moto.ts";

const plain = "plain-canary-5d1c0b";
const secret = "secret-canary-93ab77e4";

const program = (owner: string): string => `
import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";
new aws.s3.Bucket("logs", { bucket: "shop-logs", tags: { owner: "${owner}", note: "${plain}" } });
new aws.ssm.Parameter("token", { name: "/shop/token", type: "SecureString", value: pulumi.secret("${secret}") });
export const where = "shop-logs";
export const token = pulumi.secret("${secret}");
`;

async function problemOf(act: Promise<unknown>): Promise<Problem> {
  const thrown: unknown = await act.then(
    () => new Error("it went well"),
    (error: unknown) => error,
  );
  if (thrown instanceof Problem) return thrown;
  throw thrown;
}

const locksOf = (found: Readonly<Record<string, string>>): string[] => Object.keys(found).filter((key) => key.startsWith(".pulumi/locks/"));
const changed = (resources: readonly { readonly operation: string; readonly name: string }[]): string[] =>
  resources.map(({ operation, name }) => `${operation} ${name}`).toSorted();

/** A state without what differs each time that the engine saves the same: its time, and how secrets are encrypted. */
const comparable = (deployment: string): string => deployment.replaceAll(/"(time|ciphertext)": "[^"]*"/g, "");

/** One stack through its whole life with its state in a bucket. The tests of this block build on each other, in order. */
export function backendJourney(moto: () => Moto): void {
  describe("a stack whose state is in S3", () => {
    const bucket = "trueup-state";
    let shop: Workshop;
    let site: StackSite;
    const live = { ...limits, live: true };
    beforeAll(async () => {
      shop = await openWorkshop();
      await makeBucket(moto(), bucket);
      site = shop.site("s3", { backend: backendOf(moto(), bucket), variables: { ...credentials } });
      await shop.program(program("platform"));
    });
    afterAll(() => shop.close());

    it("is previewed before it exists, and only the engine's mark of its format comes into the bucket", async () => {
      const outcome = await shop.engine.preview(site, live);
      expect(outcome.result).toBe("succeeded");
      expect(changed(outcome.changes.resources)).toEqual(["create logs", "create token"]);
      expect(await shop.engine.exportState(site)).toMatchObject({ exists: false, digest: "" });
      expect(await objects(moto(), bucket)).toEqual({ ".pulumi/meta.yaml": "version: 1\n" });
      expect(shop.cloud.ledger()).toEqual([]);
    });

    it("comes up under a lock in the bucket, and leaves none", async () => {
      await shop.engine.init(site);
      const during: Promise<string[]>[] = [];
      const outcome = await shop.engine.up(site, { ...limits, refresh: false, onProgress: () => during.push(objects(moto(), bucket).then(locksOf)) });
      expect(outcome).toMatchObject({ result: "succeeded", exitCode: 0 });
      expect(changed(outcome.changes.resources)).toEqual(["create logs", "create token"]);
      expect((await Promise.all(during)).flat()).toContainEqual(expect.stringMatching(/^\.pulumi\/locks\/organization\/shop\/dev\.s3\/[\w-]+\.json$/));
      expect(locksOf(await objects(moto(), bucket))).toEqual([]);
    });

    it("has its secrets in the bucket only encrypted", async () => {
      const found = await objects(moto(), bucket);
      // Control: what is no secret is found by the same search, in the state and in its history.
      expect(keysWith(found, plain)).toEqual(expect.arrayContaining([".pulumi/stacks/shop/dev.s3.json", expect.stringMatching(/^\.pulumi\/history\//)]));
      for (const text of [secret, passphrase, credentials.AWS_SECRET_ACCESS_KEY]) expect(keysWith(found, text)).toEqual([]);
      const outputs = await shop.engine.outputs(site);
      expect(JSON.stringify(outputs)).toBe(JSON.stringify({ token: "[secret]", where: "shop-logs" }));
    });

    it("does not change, and looking at it writes nothing", async () => {
      const [state, before] = [await shop.engine.exportState(site), await objects(moto(), bucket)];
      expect(state).toMatchObject({ exists: true, pending: [] });
      expect(state.digest).toMatch(/^[0-9a-f]{64}$/);
      expect(await shop.engine.preview(site, live)).toMatchObject({
        result: "succeeded",
        drift: [],
        changes: { resources: [], unchanged: 2, changedOutputs: [] },
      });
      expect((await shop.engine.refresh(site, { ...limits, previewOnly: true })).drift).toEqual([]);
      expect((await shop.engine.exportState(site)).digest).toBe(state.digest);
      expect(await objects(moto(), bucket)).toEqual(before);
    });

    it("is not touched while someone else's lock is in the bucket", async () => {
      const lock = ".pulumi/locks/organization/shop/dev.s3/11111111-1111-4111-8111-111111111111.json";
      await put(moto(), `${bucket}/${lock}`, JSON.stringify({ pid: 4242, username: "mallory", hostname: "laptop", timestamp: "2026-01-02T03:04:05Z" }));
      const ledger = shop.cloud.ledger().length;
      const problem = await problemOf(shop.engine.up(site, { ...limits, refresh: false }));
      expect(problem).toMatchObject({ code: "STATE_LOCKED", exitCode: 10 });
      expect(problem.what).toContain("mallory@laptop (pid 4242) since 2026-01-02T03:04:05Z");
      expect(shop.cloud.ledger()).toHaveLength(ledger);
      await shop.engine.cancel(site);
      expect(locksOf(await objects(moto(), bucket))).toEqual([]);
    });

    it("shows whose locks are in the bucket, and one of them is taken away and no other", async () => {
      const folder = ".pulumi/locks/organization/shop/dev.s3";
      const name = (digit: string): string => `${digit.repeat(8)}-1111-4111-8111-111111111111.json`;
      for (const [digit, user] of [
        ["1", "mallory"],
        ["2", "runner"],
      ] as const)
        await put(
          moto(),
          `${bucket}/${folder}/${name(digit)}`,
          JSON.stringify({ pid: 4242, username: user, hostname: "laptop", timestamp: "2026-01-02T03:04:05Z" }),
        );
      await put(moto(), `${bucket}/${folder}2/${name("3")}`, JSON.stringify({ pid: 1, username: "another stack", hostname: "h", timestamp: "" }));
      await put(moto(), `${bucket}/${folder}/${name("4")}`, "{");
      expect(await shop.engine.locks(site)).toEqual([
        { name: name("1"), pid: 4242, user: "mallory", host: "laptop", since: "2026-01-02T03:04:05Z" },
        { name: name("2"), pid: 4242, user: "runner", host: "laptop", since: "2026-01-02T03:04:05Z" },
        { name: name("4"), pid: 0, user: "somebody", host: "?", since: "" },
      ]);
      await shop.engine.removeLock(site, name("2"));
      expect((await shop.engine.locks(site))?.map((lock) => lock.name)).toEqual([name("1"), name("4")]);
      await shop.engine.cancel(site);
      await shop.engine.removeLock({ ...site, pulumiStack: "dev.s32" }, name("3"));
      expect([await shop.engine.locks(site), locksOf(await objects(moto(), bucket))]).toEqual([[], []]);
      // What cannot be listed is not called unlocked.
      const { AWS_ACCESS_KEY_ID: _, ...without } = credentials;
      expect([
        await shop.engine.locks({ ...site, variables: without }),
        await shop.engine.locks({ ...site, backend: backendOf(moto(), "nobody-made-this") }),
        await shop.engine.locks({ ...site, backend: "s3://trueup-state?endpoint=127.0.0.1:1&s3ForcePathStyle=true&disableSSL=true&region=us-east-1" }),
      ]).toEqual([undefined, undefined, undefined]);
    });

    it("is free again after its engine was killed, and only its own lock went", async () => {
      const fault = shop.cloud.fault.add({ kind: "hang", op: "update" });
      await shop.program(program("killed"));
      const hard = new AbortController();
      const noted: string[] = [];
      const other = ".pulumi/locks/organization/shop/dev.s3/11111111-1111-4111-8111-111111111111.json";
      const run = shop.engine.up(site, {
        ...limits,
        refresh: false,
        hardSignal: hard.signal,
        onLock: (name) => {
          noted.push(name);
          void put(moto(), `${bucket}/${other}`, JSON.stringify({ pid: 4242, username: "mallory", hostname: "laptop", timestamp: "" })).then(() =>
            hard.abort(),
          );
        },
      });
      expect((await run).result).toBe("cancelled");
      shop.cloud.fault.clear(fault.id);
      expect([noted, locksOf(await objects(moto(), bucket))]).toEqual([[expect.stringMatching(/^[\w-]+\.json$/)], [other]]);
      await shop.engine.cancel(site);
      await shop.program(program("platform"));
      await shop.engine.up(site, { ...limits, refresh: true });
    });

    // The slice has it in test/engine/life.test.ts.
    it.skipIf(!isFull)("shows drift property by property, and is put right", async () => {
      shop.cloud.set("shop-logs", "tags.owner", "mallory");
      const found = await shop.engine.preview(site, live);
      expect(found.drift.map(({ kind, name }) => `${kind} ${name}`)).toEqual(["changed logs"]);
      expect(at(found.drift[0]?.properties ?? [], "tags.owner")).toMatchObject({ before: { value: "platform" }, after: { value: "mallory" } });
      const repaired = await shop.engine.up(site, { ...limits, refresh: true });
      expect(named(repaired.changes.resources, "logs").operation).toBe("update");
      expect((await shop.engine.preview(site, live)).drift).toEqual([]);
    });

    it("lends its outputs to a new stack's preview, which leaves nothing in the bucket", async () => {
      const before = await objects(moto(), bucket);
      await shop.program(
        `import * as pulumi from "@pulumi/pulumi"; const r = new pulumi.StackReference("organization/shop/dev.s3"); export const seen = r.getOutput("where");`,
      );
      const outcome = await shop.engine.preview(shop.site("reader", { backend: site.backend, variables: site.variables }), live);
      expect(outcome).toMatchObject({ result: "succeeded", changes: { changedOutputs: ["seen"], reads: ["organization/shop/dev.s3"] } });
      expect(await objects(moto(), bucket)).toEqual(before);
    });

    // The slice has it in test/engine/life.test.ts and kept-state.test.ts.
    it.skipIf(!isFull)("is given back from an export, is destroyed, and keeps its history until it is removed", async () => {
      const before = await shop.engine.exportState(site);
      await shop.engine.importState(site, before.deployment);
      const after = await shop.engine.exportState(site);
      expect(after.resources).toEqual(before.resources);
      expect(comparable(after.deployment)).toBe(comparable(before.deployment));
      const gone = await shop.engine.destroy(site, { ...limits, previewOnly: false });
      expect(changed(gone.changes.resources)).toEqual(["delete logs", "delete token"]);
      expect((await shop.engine.history(site)).map(({ kind, result }) => `${kind} ${result}`)).toEqual([
        "destroy succeeded",
        "update succeeded",
        "update succeeded",
        "update succeeded",
      ]);
      await shop.engine.remove(site);
      expect((await shop.engine.exportState(site)).exists).toBe(false);
      expect(Object.keys(await objects(moto(), bucket))).not.toContain(".pulumi/stacks/shop/dev.s3.json");
    });
  });

  describe("a bucket that cannot be used", () => {
    let shop: Workshop;
    beforeAll(async () => {
      shop = await openWorkshop();
      await shop.program(program("platform"));
    });
    afterAll(async () => {
      vi.unstubAllEnvs();
      await shop.close();
    });

    it.each([
      ["is not there", () => backendOf(moto(), "nobody-made-this")],
      ["is where nothing listens", () => "s3://trueup-state?endpoint=127.0.0.1:1&s3ForcePathStyle=true&disableSSL=true&region=us-east-1"],
    ])("because it %s is told as that, without the credentials", async (_, backend) => {
      const site = shop.site("lost", { backend: backend(), variables: { ...credentials, AWS_MAX_ATTEMPTS: "1" } });
      const problem = await problemOf(shop.engine.preview(site, { ...limits, live: true }));
      expect(problem).toMatchObject({ code: "STATE_UNREACHABLE", exitCode: 1 });
      expect(problem.lines[2]).toContain(backend().replace(/\?.*/, ""));
      expect(JSON.stringify(problem) + problem.lines.join("\n")).not.toContain(credentials.AWS_SECRET_ACCESS_KEY);
    });

    it("because the site brings no credentials is not opened with those of the process", async () => {
      for (const [name, value] of Object.entries(credentials)) vi.stubEnv(name, value);
      await makeBucket(moto(), "no-credentials");
      const site = shop.site("lost", { backend: backendOf(moto(), "no-credentials"), variables: { AWS_EC2_METADATA_DISABLED: "true" } });
      expect(await problemOf(shop.engine.exportState(site))).toMatchObject({ code: "STATE_UNREACHABLE" });
      // Control: with them it is.
      expect((await shop.engine.exportState({ ...site, variables: { ...credentials } })).exists).toBe(false);
    });
  });
}
