import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEngine, type StackSite } from "../../src/adapters/engine/index.ts";
import { Problem } from "../../src/base/problem/index.ts";
import { sessionMembers, thisMachine } from "../../src/base/process/index.ts";
import { Secret } from "../../src/base/secret/index.ts";
import { limits, openWorkshop, type Workshop } from "./workshop.ts";

const isFull = thisMachine().variable("TRUEUP_TEST_SIZE") === "full";
const one = `import * as aws from "@pulumi/aws"; new aws.s3.Bucket("logs", { bucket: "failing-logs" });`;

async function problemOf(act: Promise<unknown>): Promise<Problem> {
  const thrown: unknown = await act.then(
    () => new Error("it went well"),
    (error: unknown) => error,
  );
  if (thrown instanceof Problem) return thrown;
  throw thrown;
}

describe("failures", () => {
  let shop: Workshop;
  let site: StackSite;
  const live = { ...limits, live: true };
  beforeAll(async () => {
    shop = await openWorkshop();
    site = shop.site("s");
    await shop.program(one);
    await shop.engine.init(site);
    await shop.engine.up(site, { ...limits, refresh: false });
  });
  afterAll(() => shop.close());

  async function lockFolder(): Promise<string> {
    const folder = join(fileURLToPath(shop.backend), ".pulumi/locks/organization/shop/dev.s");
    await mkdir(folder, { recursive: true });
    return folder;
  }

  it("of a locked state say who holds it since when, and cancel removes the lock", async () => {
    const folder = await lockFolder();
    await writeFile(
      join(folder, "11111111-1111-4111-8111-111111111111.json"),
      JSON.stringify({ pid: 4242, username: "mallory", hostname: "laptop", timestamp: "2026-01-02T03:04:05Z" }),
    );
    const problem = await problemOf(shop.engine.up(site, { ...limits, refresh: false }));
    expect(problem).toMatchObject({ code: "STATE_LOCKED", retry: { afterMs: 30_000 } });
    expect(problem.what).toContain("mallory@laptop (pid 4242) since 2026-01-02T03:04:05Z");
    expect((await shop.engine.preview(site, live)).result).toBe("succeeded");
    await shop.engine.cancel(site);
    expect((await readdir(folder)).filter((name) => name.endsWith(".json"))).toEqual([]);
  });

  it("of a wrong passphrase, an unknown stack and a backend that is not there are told apart", async () => {
    expect(await problemOf(shop.engine.preview({ ...site, passphrase: new Secret("wrong-passphrase") }, live))).toMatchObject({ code: "SECRETS_UNREADABLE" });
    expect(await problemOf(shop.engine.up(shop.site("nobody"), { ...limits, refresh: false }))).toMatchObject({ code: "STACK_UNKNOWN" });
    expect(await problemOf(shop.engine.preview({ ...site, backend: `${shop.backend}-not-there` }, live))).toMatchObject({ code: "STATE_UNREACHABLE" });
    const s3 = {
      ...site,
      backend: "s3://nobody?endpoint=127.0.0.1:1&region=eu-west-1&s3ForcePathStyle=true&disableSSL=true",
      variables: { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", AWS_MAX_ATTEMPTS: "1" },
    };
    expect(await problemOf(shop.engine.exportState(s3))).toMatchObject({ code: "STATE_UNREACHABLE" });
  });

  it("of a corrupted state are told, not overwritten", async () => {
    const other = shop.site("broken");
    await shop.engine.init(other);
    const file = join(fileURLToPath(shop.backend), ".pulumi/stacks/shop/dev.broken.json");
    await writeFile(file, (await readFile(file, "utf8")).slice(0, -20));
    expect(await problemOf(shop.engine.preview(other, live))).toMatchObject({ code: "STATE_CORRUPTED" });
    expect(await problemOf(shop.engine.exportState(other))).toMatchObject({ code: "STATE_CORRUPTED" });
    expect(await problemOf(shop.engine.importState(site, "{"))).toMatchObject({ code: "STATE_CORRUPTED" });
  });

  it("of a plugin that is not installed name it", async () => {
    await shop.program(`import * as pulumi from "@pulumi/pulumi"; new pulumi.CustomResource("nobody:index:Thing", "x", {});`);
    const problem = await problemOf(shop.engine.preview(shop.site("plugin"), live));
    expect(problem.code).toBe("PLUGIN_MISSING");
    expect(problem.what).toContain("nobody");
  });

  // The slice has it in test/bad-input, from the command line.
  it.skipIf(!isFull)("of a program name its line", async () => {
    await shop.program(`const port: number = 80;\n\nfunction fail(): void {\n  throw new Error("no such port " + port);\n}\nfail();\n`);
    const outcome = await shop.engine.preview(site, live);
    expect(outcome).toMatchObject({ result: "failed", exitCode: 1 });
    const error = outcome.changes.diagnostics.find(({ severity }) => severity === "error");
    expect(error?.message).toContain("no such port 80");
    expect(error?.source).toBe("index.ts:4");
  });

  it.skipIf(!isFull)("of the event stream are never taken for a result", async () => {
    await shop.program(one.replace("failing-logs", "failing-logs-2"));
    const control = await shop.engine.preview(site, live);
    expect(control.changes.resources).toHaveLength(1);
    for (const [lost, why] of [
      [/"create-replacement"/, /is missing/],
      [/"cancelEvent"/, /without its end mark/],
      [/./, /without its end mark|no event stream/],
    ] as const) {
      const lossy = await shop.open({ tamper: (json) => (lost.test(json) ? undefined : json) });
      const problem = await problemOf(lossy.preview(site, live));
      expect(problem.code).toBe("ENGINE_EVENTS_LOST");
      expect(problem.what).toMatch(why);
    }
    const garbled = await shop.open({ tamper: (json) => (json.includes("summaryEvent") ? json.slice(0, -3) : json) });
    expect((await problemOf(garbled.preview(site, live))).code).toBe("ENGINE_EVENTS_LOST");
  });

  const packs = [
    {
      what: "has no version",
      name: "unversioned",
      manifest: {},
      text: `interface Gone { a: string }\nnew PolicyPack("house", { policies: [] });`,
      says: { what: /Version must be defined/, on: /index\.ts:3:1$/, todo: /"version".*policies\/unversioned\/package\.json/ },
    },
    {
      what: "throws",
      name: "shut",
      manifest: { version: "1.0.0" },
      text: `interface Gone { a: string }\n\nthrow new Error("the house is shut");`,
      says: { what: /the house is shut/, on: /index\.ts:4:7$/, todo: /Mend the pack/ },
    },
  ];
  it.each(isFull ? packs : packs.slice(0, 1))(
    "of a policy pack that $what name the pack, its TypeScript line and what is wrong",
    async ({ name, manifest, text, says }) => {
      await shop.program(one);
      await shop.file(`policies/${name}/PulumiPolicy.yaml`, "runtime: { name: nodejs, options: { typescript: false } }\nmain: index.ts\n");
      await shop.file(`policies/${name}/package.json`, JSON.stringify({ name, main: "index.ts", type: "module", ...manifest }));
      await shop.file(`policies/${name}/index.ts`, `import { PolicyPack } from "@pulumi/policy";\n${text}\n`);
      await shop.file("policies/good/PulumiPolicy.yaml", "runtime: { name: nodejs, options: { typescript: false } }\nmain: index.ts\n");
      await shop.file("policies/good/package.json", '{ "name": "good", "version": "1.0.0", "main": "index.ts", "type": "module" }\n');
      await shop.file("policies/good/index.ts", `import { PolicyPack } from "@pulumi/policy";\nnew PolicyPack("good", { policies: [] });\n`);
      const both = ["good", name].map((pack) => join(site.directory, "policies", pack));
      const problem = await problemOf(shop.engine.preview({ ...site, policyPacks: both }, live));
      expect(problem).toMatchObject({
        code: "POLICY_PACK_FAILED",
        what: expect.stringMatching(says.what),
        on: expect.stringMatching(says.on),
        todo: expect.stringMatching(says.todo),
      });
      expect(problem.what).toContain(`the policy pack policies/${name} failed: `);
      expect(problem.on).toContain(`policies/${name}/index.ts`);
    },
  );

  it("of a program that never ends stop at the deadline, and nothing of the run lives on", async () => {
    await shop.program(`setInterval(() => undefined, 1000); await new Promise(() => undefined);`);
    let session = 0;
    const outcome = await shop.engine.preview(site, { live: false, deadlineMs: 3_000, graceMs: 1_000, onSession: (id) => (session = id) });
    expect(outcome).toMatchObject({ result: "timed-out", overdue: { deadlineMs: 3_000, operations: [], program: true } });
    expect(session).toBeGreaterThan(0);
    expect(sessionMembers(session)).toEqual([]);
  });

  it.skipIf(!isFull)("of a program that loops are told from a provider that does not answer", async () => {
    await shop.program("for (;;) {}");
    const looped = await shop.engine.preview(site, { live: false, deadlineMs: 3_000, graceMs: 1_000 });
    expect(looped).toMatchObject({ result: "timed-out", overdue: { operations: [], program: true } });
    await shop.program(one.replace('"failing-logs"', '"failing-logs", forceDestroy: true').concat(` new aws.s3.Bucket("stuck", { bucket: "stuck-one" });`));
    const fault = shop.cloud.fault.add({ kind: "latency", type: "aws:s3/bucket:Bucket", op: "create", latencyMs: 6_000 });
    const slow = await shop.engine.up(site, { refresh: false, deadlineMs: 5_000, graceMs: 10_000 });
    shop.cloud.fault.clear(fault.id);
    expect(slow).toMatchObject({ result: "timed-out", overdue: { operations: [{ urn: expect.stringMatching(/::stuck$/), operation: "create" }] } });
  });

  it("by a cancel are called cancelled, whatever the engine's exit code; what was begun is recorded", async () => {
    await shop.program(one.replace('"failing-logs"', '"failing-logs", forceDestroy: true').concat(` new aws.s3.Bucket("slow", { bucket: "slow-one" });`));
    const fault = shop.cloud.fault.add({ kind: "latency", type: "aws:s3/bucket:Bucket", op: "create", latencyMs: 2_000 });
    const stop = new AbortController();
    const running = shop.engine.up(site, {
      ...limits,
      refresh: false,
      signal: stop.signal,
      onProgress: ({ urn, operation }) => {
        if (urn.endsWith("::slow") && operation === "create") setTimeout(() => stop.abort(), 300);
      },
    });
    const outcome = await running;
    shop.cloud.fault.clear(fault.id);
    expect(outcome.result).toBe("cancelled");
    const state = await shop.engine.exportState(site);
    expect(state.pending).toEqual([]);
    const [inCloud, inState] = [
      shop.cloud.list().some(({ createdBy }) => createdBy.endsWith("::slow")),
      state.resources.some(({ urn }) => urn.endsWith("::slow")),
    ];
    expect(inState).toBe(inCloud);
  });

  it("to find the engine say what to do", async () => {
    const machine = { home: shop.root, path: "/nowhere", cache: shop.root };
    const problem = await problemOf(openEngine({ machine, work: join(shop.root, "w2"), programHost: "auto", cache: shop.root }));
    expect(problem).toMatchObject({ code: "ENGINE_MISSING" });
    expect(problem.todo).toContain("npm run setup");
  });
});
