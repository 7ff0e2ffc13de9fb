import { mkdtemp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine, StackSite } from "../../src/adapters/engine/index.ts";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { Secret } from "../../src/base/secret/index.ts";
import { anEngine, limits, openWorkshop, passphrase, type Workshop } from "./workshop.ts";

const isFull = thisMachine().variable("TRUEUP_TEST_SIZE") === "full";

const canaries = {
  config: "canary-config-8f27a1",
  reference: "canary-reference-51dd09",
  produced: "canary-produced-c0ffee77",
  turned: "canary-turned-3b9e42",
  output: "canary-output-77aa10",
} as const;

/** In which forms a value may hide. */
function forms(text: string): string[] {
  return [text, Buffer.from(text).toString("base64"), Buffer.from(text).toString("hex"), encodeURIComponent(text), JSON.stringify(text).slice(1, -1)];
}

function hits(value: unknown): string[] {
  const text = JSON.stringify(value);
  return Object.entries(canaries).flatMap(([name, canary]) => (forms(canary).some((form) => text.includes(form)) ? [name] : []));
}

function reader(extra: string, wrap: (expression: string) => string): string {
  return `
import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";
const shared = new pulumi.StackReference("organization/shop/dev.source").getOutput("token");
const turned = ${wrap(JSON.stringify(canaries.turned))};
new aws.ssm.Parameter("turned", { type: "String", name: "/turned", value: turned, tags: { copy: turned } });
new aws.ssm.Parameter("shared", { type: "String", name: "/shared", value: shared.apply(String) });
new aws.ssm.Parameter("produced", { type: "String", name: "/produced", value: pulumi.secret(${JSON.stringify(canaries.produced)}) });
export const out = ${wrap(JSON.stringify(canaries.output))};
${extra}
`;
}

/** A stack whose config holds an encrypted value, made by the CLI as a person makes it. */
async function withSecretConfig(shop: Workshop, value: string): Promise<{ site: StackSite; config: string }> {
  const site = shop.site("config");
  await shop.engine.init(site);
  const home = await mkdtemp(join(shop.root, "home-"));
  const env = { HOME: home, PULUMI_HOME: home, PULUMI_BACKEND_URL: shop.backend, PULUMI_CONFIG_PASSPHRASE: passphrase, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const set = await runChild([(await anEngine()) ?? "pulumi", "config", "set", "--secret", "token", value, "-s", site.pulumiStack, "--non-interactive"], {
    cwd: site.directory,
    env,
    deadlineMs: 30_000,
  });
  expect(set).toMatchObject({ exitCode: 0 });
  return { site, config: join(site.directory, `Pulumi.${site.pulumiStack}.yaml`) };
}

const plainly = (expression: string): string => `pulumi.output(${expression})`;
const secretly = (expression: string): string => `pulumi.secret(${expression})`;

describe("secrets of a run", () => {
  let shop: Workshop;
  let site: StackSite;
  beforeAll(async () => {
    shop = await openWorkshop();
    const source = shop.site("source");
    await shop.program(`import * as pulumi from "@pulumi/pulumi"; export const token = pulumi.secret(${JSON.stringify(canaries.reference)});`);
    await shop.engine.init(source);
    await shop.engine.up(source, { ...limits, refresh: false });
    site = shop.site("reader");
    await shop.engine.init(site);
  });
  afterAll(() => shop.close());

  async function run(engine: Engine, act: "preview" | "up", program: string): Promise<unknown> {
    await shop.program(program);
    const outcome = act === "preview" ? await engine.preview(site, { ...limits, live: true }) : await engine.up(site, { ...limits, refresh: false });
    expect(outcome.result).toBe("succeeded");
    return outcome;
  }

  it("stay out of previews and applies; with the debug filter off they are found", async () => {
    const program = reader("", secretly);
    expect(hits(await run(shop.engine, "preview", program))).toEqual([]);
    expect(hits(await run(shop.engine, "up", program))).toEqual([]);
    const open = await shop.open({ keepDebug: true, unscrubbed: true });
    expect(hits(await run(open, "preview", program))).toEqual(expect.arrayContaining(["reference", "produced"]));
  });

  it("stay out of what the program prints, in any form", async () => {
    const print = `
      shared.apply((value) => { for (const text of [value, Buffer.from(value).toString("base64"), Buffer.from(value).toString("hex"), encodeURIComponent(value)]) console.log("seen", text); pulumi.log.warn("warned " + value); });
    `;
    const outcome = await run(shop.engine, "preview", reader(print, secretly));
    expect(JSON.stringify(outcome)).toContain("seen [secret]");
    expect(hits(outcome)).toEqual([]);
    const open = await shop.open({ unscrubbed: true });
    expect(hits(await run(open, "preview", reader(print, secretly)))).toContain("reference");
  });

  it.skipIf(!isFull)("are masked on both sides, outputs and messages included, when a value turns from plain to secret and back", async () => {
    await run(shop.engine, "up", reader("", plainly));
    const say = `console.log("the value is", ${JSON.stringify(canaries.turned)});`;
    const hidden = await run(shop.engine, "preview", reader(say, secretly));
    expect(hits(hidden)).toEqual([]);
    await run(shop.engine, "up", reader("", secretly));
    expect(hits(await run(shop.engine, "preview", reader(say, plainly)))).toEqual([]);
    const open = await shop.open({ unscrubbed: true });
    expect(hits(await run(open, "preview", reader(say, plainly)))).toContain("turned");
  });

  it("of the config stay hidden even where the program disguises them", async () => {
    const { site: made, config } = await withSecretConfig(shop, canaries.config);
    await shop.program(
      `import * as pulumi from "@pulumi/pulumi"; new pulumi.Config().requireSecret("token").apply((value) => console.log("seen", value, Buffer.from(value).toString("base64")));`,
    );
    const outcome = await shop.engine.preview(made, { ...limits, live: true });
    expect(outcome.changes.diagnostics.map(({ message }) => message)).toEqual(["seen [secret] [secret]"]);
    expect(await readFile(config, "utf8")).toContain("secure:");
    expect(hits(outcome)).toEqual([]);
  });

  it("of outputs come as Secret, and print as [secret]", async () => {
    await run(shop.engine, "up", reader("", secretly));
    const { out } = await shop.engine.outputs(site);
    expect(out).toBeInstanceOf(Secret);
    expect(JSON.stringify({ out })).toBe('{"out":"[secret]"}');
    expect(out instanceof Secret && out.reveal()).toBe(canaries.output);
  });
});
