import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine, EngineOutcome, StackSite } from "../../src/adapters/engine/index.ts";
import { Problem } from "../../src/base/problem/index.ts";
import { thisMachine } from "../../src/base/process/index.ts";
import { anEngine, limits, openWorkshop, type Workshop } from "./workshop.ts";

const isFull = thisMachine().variable("TRUEUP_TEST_SIZE") === "full";
const canary = "canary-withheld-6e01d7";
/** More stacks than are looked up at once, and more than were once looked up at all. */
const many = 22;
const live = { ...limits, live: true };

/** Reads a secret of another stack and says it in every way that a program, a provider and a policy have. */
const talker = `
import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";
const shared = new pulumi.StackReference("organization/shop/dev.source").getOutput("token");
new aws.ssm.Parameter("kept", { type: "String", name: "/kept", value: shared.apply(String), tags: { kind: "new" } });
shared.apply((value) => { console.log("seen", value); pulumi.log.warn("warned " + Buffer.from(value).toString("base64")); });
`;
const thrower = talker.replace('console.log("seen", value)', "throw new Error(`no resource plugin 'pulumi-resource-${value}' found`)");
const pack = `import { PolicyPack } from "@pulumi/policy";
new PolicyPack("house", { policies: [{ name: "no-parameters", description: "none", enforcementLevel: "advisory",
  validateResource(seen, report) { if (seen.type === "aws:ssm/parameter:Parameter") report("the value is ${canary}"); } }] });
`;

function forms(text: string): string[] {
  return [text, Buffer.from(text).toString("base64"), Buffer.from(text).toString("hex"), encodeURIComponent(text)];
}
const shows = (value: unknown): boolean => forms(canary).some((form) => JSON.stringify(value).includes(form));

describe("words of a run whose secrets could not be read", () => {
  let shop: Workshop;
  let site: StackSite;
  /** An engine on the real CLI, but for exports with secrets of the stacks that this pattern of the shell names. */
  const opened = new Map<string, Promise<Engine>>();
  const failing = (stacks: string, unscrubbed = false): Promise<Engine> => {
    const cli = join(shop.root, `pulumi-${unscrubbed}-${stacks.replaceAll(/\W/g, "-")}`);
    const engine = opened.get(cli) ?? open(cli, stacks, unscrubbed);
    opened.set(cli, engine);
    return engine;
  };
  const open = async (cli: string, stacks: string, unscrubbed: boolean): Promise<Engine> => {
    const real = (await anEngine()) ?? "pulumi";
    await writeFile(
      cli,
      `#!/bin/sh\ncase "$*" in\n  *"--show-secrets -s "${stacks}" "*) case "$*" in *export*) echo "error: decrypting: broken pipe" >&2; exit 255;; esac;;\nesac\nexec '${real}' "$@"\n`,
    );
    await chmod(cli, 0o755);
    return shop.open({ unscrubbed }, cli);
  };
  const previewed = async (engine: Engine, program: string, on = site): Promise<EngineOutcome> => {
    await shop.program(program);
    return engine.preview(on, live);
  };

  beforeAll(async () => {
    shop = await openWorkshop();
    const source = shop.site("source");
    await shop.program(`import * as pulumi from "@pulumi/pulumi"; export const token = pulumi.secret(${JSON.stringify(canary)});`);
    await shop.engine.init(source);
    await shop.engine.up(source, { ...limits, refresh: false });
    await shop.file("policies/house/PulumiPolicy.yaml", "runtime: { name: nodejs, options: { typescript: false } }\nmain: index.ts\n");
    await shop.file("policies/house/package.json", '{ "name": "house", "version": "1.0.0", "main": "index.ts", "type": "module" }\n');
    await shop.file("policies/house/index.ts", pack);
    site = shop.site("talker", { policyPacks: [join(source.directory, "policies/house")] });
    await shop.engine.init(site);
  });
  afterAll(() => shop.close());

  const unreadable = [
    { whose: "a stack that it reads", stacks: "organization/shop/dev.source", named: "organization/shop/dev.source" },
    { whose: "the stack itself", stacks: "dev.talker", named: "talker" },
  ];
  it.each(isFull ? unreadable : unreadable.slice(0, 1))("are one sentence each when it was $whose; what changes is told", async ({ stacks, named }) => {
    const sentence = `withheld: the secrets of ${named} could not be read, so nothing could be checked against them`;
    const { changes, result } = await previewed(await failing(stacks), talker);
    expect([result, shows(changes)]).toEqual(["succeeded", false]);
    expect(new Set([...changes.diagnostics, ...changes.policies].map(({ message }) => message))).toEqual(new Set([sentence]));
    expect(changes.diagnostics.map(({ severity }) => severity).toSorted()).toEqual(["info", "warning"]);
    expect(changes.policies).toMatchObject([{ pack: "house", policy: "no-parameters", level: "advisory", urn: expect.stringMatching(/::kept$/) }]);
    const [kept] = changes.resources.filter(({ name }) => name === "kept");
    expect(kept).toMatchObject({ operation: "create", urn: expect.stringMatching(/::kept$/) });
    expect(kept?.properties).toContainEqual(expect.objectContaining({ path: "tags.kind", after: { kind: "plain", value: "new" } }));
    expect(kept?.properties).toContainEqual(expect.objectContaining({ path: "value", after: { kind: "secret" } }));
  });

  it.skipIf(!isFull)("control: with what is secret known they are told without it, and unguarded they tell it", async () => {
    const { changes } = await previewed(shop.engine, talker);
    expect(changes.diagnostics.map(({ message }) => message).toSorted()).toEqual(["seen [secret]", "warned [secret]"]);
    expect(changes.policies.map(({ message }) => message.includes("the value is [secret]"))).toEqual([true]);
    expect(shows((await previewed(await failing("organization/shop/dev.source", true), talker)).changes)).toBe(true);
  });

  const problemOf = async (engine: Engine): Promise<Problem> => {
    const thrown = await previewed(engine, thrower).catch((error: unknown) => error);
    if (thrown instanceof Problem) return thrown;
    throw new Error(`no problem: ${JSON.stringify(thrown)}`);
  };
  const everything = (problem: Problem): unknown => [problem, problem.lines, problem.detail, problem.message];

  it.skipIf(!isFull)("control: unguarded the problem tells them", async () => {
    expect(shows(everything(await problemOf(await failing("organization/shop/dev.source", true))))).toBe(true);
  });

  it("are in no problem either, whether they could be read or not", async () => {
    const read = await problemOf(shop.engine);
    expect([read.code, shows(everything(read))]).toEqual(["PLUGIN_MISSING", false]);
    const unread = await problemOf(await failing("organization/shop/dev.source"));
    expect([unread.code, shows(everything(unread)), unread.detail]).toEqual(["PLUGIN_MISSING", false, undefined]);
    expect(unread.what).toMatch(/^withheld: the secrets of organization\/shop\/dev\.source could not be read/);
  });

  it.skipIf(!isFull)("are checked against every stack that the program reads, however late it comes", async () => {
    const folder = join(fileURLToPath(shop.backend), ".pulumi/stacks/shop");
    const state = await readFile(join(folder, "dev.source.json"), "utf8");
    const plain = state.replaceAll("4dabf18193072939515e22adb298388d", "nothing");
    for (let n = 1; n <= many; n++) {
      const text = n === many ? state : plain;
      await writeFile(join(folder, `dev.source${n}.json`), text.replaceAll("dev.source", `dev.source${n}`));
    }
    const reads = `
import * as pulumi from "@pulumi/pulumi";
const all = Array.from({ length: ${many} }, (_, i) => new pulumi.StackReference("organization/shop/dev.source" + (i + 1)).getOutput("token"));
pulumi.all(all).apply((values) => console.log("last", values.at(-1)));
`;
    const bare = { ...site, policyPacks: [] };
    const read = await previewed(shop.engine, reads, bare);
    expect([read.changes.reads.length, read.changes.diagnostics.map(({ message }) => message)]).toEqual([many, ["last [secret]"]]);
  });
});
