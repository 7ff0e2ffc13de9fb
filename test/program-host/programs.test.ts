import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { thisMachine } from "../../src/base/process/index.ts";
import { Workbench, type SharedHost } from "./workbench.ts";

const isFull = thisMachine().variable("TRUEUP_TEST_SIZE") === "full";
let bench: Workbench;
let host: SharedHost;

beforeAll(async () => {
  bench = new Workbench();
  host = await bench.serve();
});
afterAll(() => bench.close());

const preview = ["preview", "-s", "dev"] as const;

describe("a program on the shared host", () => {
  it("runs CommonJS with extensionless imports, subclass fields and printed words", async () => {
    const folder = await bench.project("cjs", {
      "index.ts": `import * as pulumi from "@pulumi/pulumi";
import * as fs from "fs";
import { greeting } from "./lib";
class Part extends pulumi.ComponentResource {
  readonly label!: pulumi.Output<string>;
  constructor(name: string) { super("t:t:Part", name, { label: "x" }); this.registerOutputs(); }
}
class Kept extends pulumi.ComponentResource<{ word: string }> {
  declare readonly other: string;
  readonly set: string;
  constructor() { super("t:t:Kept", "kept"); this.set = "set"; }
}
new Part("one");
console.log(greeting(pulumi.getStack()));
export const set = new Kept().set;
export const there = fs.existsSync(".");
`,
      "lib/index.ts": `export enum Tone { Warm = "hello" }\nexport function greeting(name: string): string { return Tone.Warm + " " + name; }\n`,
    });
    const run = await bench.pulumi(folder, [...preview, host.client]);
    expect(run.stdout).toContain("hello dev");
    expect(run.stdout).toMatch(/set +: "set"/);
    expect(run.stdout).toMatch(/there: true/);
    expect(run.exitCode).toBe(0);
  });

  it("runs an ES module that writes ./x.js for x.ts, awaits at the top and exports an async function", async () => {
    const folder = await bench.project("esm", {
      "package.json": `{"name":"esm","type":"module","dependencies":{"@pulumi/pulumi":"*"}}`,
      "index.ts": `import * as pulumi from "@pulumi/pulumi";\nimport { value } from "./value.js";\nconst late = await Promise.resolve(value);\nexport default async () => ({ late, config: new pulumi.Config().require("key") });\n`,
      "value.ts": `export const value: number = 42;\n`,
    });
    await bench.pulumi(folder, ["config", "set", "key", "from-config", "-s", "dev"]);
    const run = await bench.pulumi(folder, [...preview, host.client]);
    expect(run.stdout).toMatch(/late +: 42/);
    expect(run.stdout).toMatch(/config: "from-config"/);
  });

  it("keeps what a base class set in fields that a subclass only declares; with the standard's field rules they are lost", async () => {
    const program = `class Base { constructor() { (this as { label?: string }).label = "kept"; } }\nclass Sub extends Base { readonly label!: string; }\nexport const label = new Sub().label ?? "lost";\n`;
    const ours = await bench.project("fields", { "index.ts": program });
    expect((await bench.pulumi(ours, [...preview, host.client])).stdout).toContain(`label: "kept"`);
    const theirs = await bench.project("fields-control", { "index.ts": program, "tsconfig.json": `{"compilerOptions":{"useDefineForClassFields":true}}` });
    expect((await bench.pulumi(theirs, [...preview, host.client])).stdout).toContain(`label: "lost"`);
  });

  it.skipIf(!isFull)("serialises closures that captured a module, and runs dynamic resources up and down", async () => {
    const folder = await bench.project("dynamic", {
      "index.ts": `import * as pulumi from "@pulumi/pulumi";
import * as path from "path";
const prefix = "id-";
class Thing extends pulumi.dynamic.Resource {
  readonly size!: pulumi.Output<number>;
  constructor(name: string, word: string) {
    super({ async create(inputs: { word: string }) { return { id: path.join(prefix, inputs.word), outs: { ...inputs, size: inputs.word.length } }; } }, name, { word, size: undefined });
  }
}
const thing = new Thing("thing", "hello");
export const size = thing.size;
export const id = thing.id;
`,
    });
    const up = await bench.pulumi(folder, ["up", "-s", "dev", "--yes", "--skip-preview", host.client]);
    expect(up.stdout).toMatch(/size: 5/);
    expect(up.stdout).toContain(`id  : "id-/hello"`);
    expect((await bench.pulumi(folder, [...preview, "--expect-no-changes", host.client])).exitCode).toBe(0);
    expect((await bench.pulumi(folder, ["destroy", "-s", "dev", "--yes", "--skip-preview"])).exitCode).toBe(0);
  });

  it("keeps many runs apart: each sees its own stack, config and folder", async () => {
    const folders = await Promise.all(
      ["a", "b", "c", "d"].map(async (name) => {
        const folder = await bench.project(`many-${name}`, {
          "index.ts": `import * as pulumi from "@pulumi/pulumi";\nexport const seen = pulumi.getProject() + "/" + process.cwd().split("/").pop() + "/" + new pulumi.Config().get("who");\n`,
        });
        await bench.pulumi(folder, ["config", "set", "who", name, "-s", "dev"]);
        return { name, folder };
      }),
    );
    const runs = await Promise.all(folders.map(async ({ name, folder }) => ({ name, run: await bench.pulumi(folder, [...preview, host.client]) })));
    for (const { name, run } of runs) expect(run.stdout).toContain(`seen: "many-${name}/many-${name}/${name}"`);
  });

  it("runs a policy pack that knows its stack, and a mandatory rule stops the preview", async () => {
    const folder = await bench.project("judged", {
      "index.ts": `import * as pulumi from "@pulumi/pulumi";\nnew pulumi.ComponentResource("t:t:Part", "one");\n`,
    });
    const pack = await bench.project("pack", {
      "package.json": `{"name":"pack","version":"0.0.1"}`,
      "PulumiPolicy.yaml": "runtime: nodejs\nmain: index.ts\n",
      "index.ts": `import { PolicyPack } from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
new PolicyPack("house", { policies: [{ name: "no-parts", description: "no parts", enforcementLevel: "mandatory",
  validateResource: (args, report) => { if (args.type === "t:t:Part") report("a part on " + pulumi.getStack() + " " + pulumi.runtime.isDryRun()); } }] });
`,
    });
    const run = await bench.pulumi(folder, [...preview, host.client, "--policy-pack", pack]);
    expect(run.stdout).toContain("a part on dev true");
    expect(run.exitCode).toBe(1);
  });

  it("does not let a preview pass whose policy pack cannot start", async () => {
    const folder = await bench.project("unjudged", { "index.ts": `export const x = 1;\n` });
    const pack = await bench.project("broken-pack", {
      "PulumiPolicy.yaml": "runtime: nodejs\nmain: index.ts\n",
      "index.ts": `interface Gone { a: string }\n\nthrow new Error("no rules today");\n`,
    });
    const run = await bench.pulumi(folder, [...preview, host.client, "--policy-pack", pack]);
    expect(run.stdout + run.stderr).toContain("index.ts:3:7");
    expect(run.exitCode).not.toBe(0);
  });

  it("serves an engine that attached by PULUMI_DEBUG_LANGUAGES and one that started it itself", async () => {
    const folder = await bench.project("attached", { "index.ts": `console.log("words");\nexport const x = 1;\n` });
    const port = host.client.split(":").at(-1) ?? "";
    const ways: Record<string, string>[] = [{ PULUMI_DEBUG_LANGUAGES: `nodejs:${port}` }, {}];
    for (const variables of ways) {
      const run = await bench.pulumi(folder, preview, { variables });
      expect(run.stdout).toContain("words");
      expect(run.exitCode).toBe(0);
    }
  });
});
