import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Confinement, Engine, EngineOutcome, StackSite } from "../../src/adapters/engine/index.ts";
import { findBubblewrap } from "../../src/base/confinement/index.ts";
import { thisMachine } from "../../src/base/process/index.ts";
import { newKey } from "../../src/adapters/engine/worker/passphrase.ts";
import { withheldText } from "../../src/adapters/engine/worker/carry.ts";
import { Secret } from "../../src/base/secret/index.ts";
import { limits, openWorkshop, passphrase, type Workshop } from "./workshop.ts";

const canary = "canary-confined-91c3fe";
const live = { ...limits, live: true };
const bubblewrap = await findBubblewrap(thisMachine().path);
const none: Confinement["isolation"] = { kind: "none", why: "switched off" };

const source = `import * as pulumi from "@pulumi/pulumi"; export const token = pulumi.secret(${JSON.stringify(canary)}); export const plain = "zone-a";`;
const reader = (kind: string): string => `
import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";
const read = new pulumi.StackReference("organization/shop/dev.source");
new aws.ssm.Parameter("kept", { type: "SecureString", name: "/kept", value: read.requireOutput("token"), tags: { kind: "${kind}", zone: read.requireOutput("plain") } });
export const password = new pulumi.Config().requireSecret("password");
password.apply((text) => console.log("configured with", text.length, text));
`;

/** All that a report is made from; durations and places differ. */
const gist = ({ result, changes, drift }: EngineOutcome): unknown => ({
  result,
  resources: changes.resources,
  said: changes.diagnostics.map(({ message }) => message),
  drift,
});

const isFull = thisMachine().variable("TRUEUP_TEST_SIZE") === "full";
const walls = [
  ["behind bubblewrap", bubblewrap],
  ["without it", none],
] as const;

/** Where there is no bubblewrap, both of them are without it. */
const slice = walls.slice(bubblewrap.kind === "none" ? 1 : 0).slice(0, 1);

describe.each(isFull ? walls : slice)("a preview in a worker, %s", (_, isolation) => {
  let shop: Workshop;
  let site: StackSite;
  /** Sealed here, opened by the engine: our hand and Pulumi's are the same. */
  let config = "";
  const opened = new Map<string, Promise<Engine>>();
  const worker = (secrets: Confinement["secrets"]): Promise<Engine> => {
    const engine = opened.get(secrets) ?? shop.open({}, undefined, { isolation, network: false, variables: {}, secrets });
    opened.set(secrets, engine);
    return engine;
  };
  beforeAll(async () => {
    shop = await openWorkshop();
    const from = shop.site("source");
    await shop.program(source);
    await shop.engine.init(from);
    await shop.engine.up(from, { ...limits, refresh: false });
    site = shop.site("reader");
    await shop.engine.init(site);
    const key = await newKey(passphrase);
    config = `encryptionsalt: ${key.salt}\nconfig:\n  shop:password:\n    secure: ${key.seal("hunter2-hunter2")}\n`;
    await shop.file("Pulumi.dev.reader.yaml", config);
    await shop.program(reader("old"));
    await shop.engine.up(site, { ...limits, refresh: false });
    await shop.program(reader("new"));
  });
  afterAll(() => shop?.close());

  it("tells what any preview tells: changes, drift, what is secret and what was read of other stacks", async () => {
    shop.cloud.set("kept", "tags.owner", "mallory");
    const [apart, usual] = [await (await worker("given")).preview(site, live), await shop.engine.preview(site, live)];
    expect(gist(apart)).toEqual(gist(usual));
    expect(apart.changes.resources.map(({ operation, name }) => `${operation} ${name}`)).toEqual(["update kept"]);
  });

  it("previews a stack that is nowhere yet, and creates it nowhere", async () => {
    const absent = shop.site("absent");
    await shop.file("Pulumi.dev.absent.yaml", config);
    const { result, changes } = await (await worker("given")).preview(absent, live);
    expect([result, changes.resources.map(({ operation, name }) => `${operation} ${name}`)]).toEqual(["succeeded", ["create kept"]]);
    expect(await shop.engine.exportState(absent)).toMatchObject({ exists: false });
  });

  it("with every secret withheld shows no change of what is only handed on, and nothing knows the secret", async () => {
    const outcome = await (await worker("withheld")).preview({ ...site, passphrase: new Secret("of nothing") }, live);
    expect(outcome.changes.resources.map(({ operation, name }) => `${operation} ${name}`)).toEqual(["update kept"]);
    expect(outcome.changes.diagnostics.map(({ message }) => message)).toEqual([`configured with ${withheldText.length} [secret]`]);
    expect(JSON.stringify(outcome)).not.toContain(canary);
  });

  it("leaves nothing behind when it is closed", async () => {
    await Promise.all([...opened.values()].map(async (engine) => (await engine).close()));
    expect((await readdir(`${shop.root}/work`)).length).toBe(1);
  });
});
