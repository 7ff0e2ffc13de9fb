import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, processesNaming, Workbench, type SharedHost } from "./workbench.ts";

let bench: Workbench;
let host: SharedHost;

beforeAll(async () => {
  bench = new Workbench();
  host = await bench.serve(["--output-cap", "100000"]);
});
afterAll(() => bench.close());

const preview = ["preview", "-s", "dev"] as const;
const part = `import * as pulumi from "@pulumi/pulumi";\nnew pulumi.ComponentResource("t:t:Part", "one");\n`;

const cases = [
  {
    what: "calls process.exit(0) half-way",
    program: `${part}export = async () => { setTimeout(() => process.exit(0), 20); await new Promise((r) => setTimeout(r, 5000)); };`,
    says: "ended before it was done",
  },
  { what: "exits with a code of its own", program: `process.exit(3);`, says: "exited with code 3" },
  { what: "waits for a promise that nothing settles", program: `export const x = new Promise(() => undefined);`, says: "a promise that nothing settles" },
  {
    what: "throws, on the line of the TypeScript file",
    program: `interface Gone { a: string }\ninterface Too { b: string }\n\nthrow new Error("boom");`,
    says: "index.ts:4:7",
  },
  {
    what: "throws inside a promise that nobody awaits",
    program: `interface Gone { a: string }\n\nvoid Promise.reject(new Error("leaked"));`,
    says: "index.ts:3:21",
  },
  { what: "throws what is no Error", program: `throw "a string";`, says: "a string" },
  { what: "does not parse", program: `const x: number = ;`, says: "index.ts:1:19: Expression expected" },
  { what: "imports what is not there", program: `import { a } from "./nothere";\na();`, says: "Cannot find module './nothere'" },
  { what: "is killed", program: `process.kill(process.pid, "SIGKILL");`, says: "was ended by SIGKILL" },
];

describe("a program that", () => {
  it.each(cases)("$what fails the run and is told", async ({ what, program, says }) => {
    const folder = await bench.project(`bad-${cases.findIndex((each) => each.what === what)}`, { "index.ts": program });
    const run = await bench.pulumi(folder, [...preview, host.client]);
    expect(run.stdout).toContain(says);
    expect(run.exitCode).toBe(1);
  });

  it("throws in a folder with an odd name is told its line too, as an ES module and as CommonJS", async () => {
    for (const type of ["module", "commonjs"]) {
      const folder = await bench.project(`odd-${type}`, {
        "Pulumi.yaml": `name: odd-${type}\nruntime: nodejs\nmain: "100%25 odd é/index.ts"\n`,
        "package.json": JSON.stringify({ name: "odd", type, dependencies: { "@pulumi/pulumi": "*" } }),
        "100%25 odd é/index.ts": `interface Gone { a: string }\n\nexport const x = 1;\nthrow new Error("boom");\n`,
      });
      const run = await bench.pulumi(folder, [...preview, host.client]);
      expect(run.stdout).toContain("100%25 odd é/index.ts:4:7");
    }
  });

  it("prints without end is cut, and the cut is told", async () => {
    const folder = await bench.project("loud", { "index.ts": `for (let i = 0; i < 20000; i++) console.log("x".repeat(1000));\nexport const done = true;\n` });
    const run = await bench.pulumi(folder, [...preview, host.client]);
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/\d+ more bytes of output were cut; the limit is 100000 bytes/);
    expect(run.stdout.length).toBeLessThan(1_000_000);
  });
});

const spinning = `console.log("spinning");\nfor (;;) { /* for ever */ }\n`;

/** The processes of a program with a file of its own name. */
function running(name: string): string[] {
  return processesNaming(bench.cache).filter((line) => line.includes("child/program.ts") && line.includes(`${name}.ts`));
}

async function spin(name: string): Promise<string> {
  return await bench.project(name, { "Pulumi.yaml": `name: ${name}\nruntime: nodejs\nmain: ${name}.ts\n`, [`${name}.ts`]: spinning });
}

describe("a program that never ends", () => {
  it("is killed when its engine is, on a shared host that goes on", async () => {
    const folder = await spin("spin-shared");
    const engine = bench.bareEngine(folder, [...preview, host.client]);
    expect(await eventually(() => running("spin-shared").length === 1)).toBe(true);
    engine.kill("SIGKILL");
    expect(await eventually(() => running("spin-shared").length === 0)).toBe(true);
    expect(host.process.exitCode).toBeNull();
  });

  it("is killed with its host when an engine that started the host is killed", async () => {
    const folder = await spin("spin-own");
    const engine = bench.bareEngine(folder, preview);
    const hosts = (): string[] => processesNaming(bench.cache).filter((line) => line.includes("main.ts language"));
    expect(await eventually(() => running("spin-own").length === 1)).toBe(true);
    expect(hosts().length).toBeGreaterThan(0);
    engine.kill("SIGKILL");
    expect(await eventually(() => running("spin-own").length === 0 && hosts().length === 0)).toBe(true);
  });

  it("is killed when its host is killed with -9", async () => {
    const folder = await spin("spin-orphan");
    const other = await bench.serve();
    const engine = bench.bareEngine(folder, [...preview, other.client]);
    expect(await eventually(() => running("spin-orphan").length === 1)).toBe(true);
    other.process.kill("SIGKILL");
    expect(await eventually(() => running("spin-orphan").length === 0)).toBe(true);
    engine.kill("SIGKILL");
  });
});

describe("a shared host", () => {
  it("ends when its stdin does", async () => {
    const other = await bench.serve();
    other.process.stdin?.end();
    expect(await eventually(() => other.process.exitCode === 0)).toBe(true);
  });
});
