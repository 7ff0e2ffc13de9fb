import { cpSync, symlinkSync, writeFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { thisMachine } from "../../src/base/process/index.ts";
import { repository, Workbench } from "./workbench.ts";

const isFull = thisMachine().variable("TRUEUP_TEST_SIZE") === "full";
let bench: Workbench;
let estate: string;

/** A copy: the engine writes salts into config files, even in a preview. */
beforeAll(() => {
  bench = new Workbench(true);
  estate = join(bench.root, "estate");
  mkdirSync(estate);
  for (const path of ["Pulumi.yaml", "package.json", "tsconfig.json", "environments", "stacks", "legacy", "src"]) {
    cpSync(join(repository, path), join(estate, path), { recursive: true, verbatimSymlinks: true });
  }
  symlinkSync(join(repository, "node_modules"), join(estate, "node_modules"));
});
afterAll(() => bench.close());

function mark(stack: string, marks: object): void {
  mkdirSync(join(estate, ".trueup-run"), { recursive: true });
  writeFileSync(join(estate, ".trueup-run", `${stack}.json`), JSON.stringify(marks));
}

describe("plain pulumi on the estate", () => {
  it("previews a stack whose upstream does not exist yet, with unknown values", async () => {
    await bench.pulumi(estate, ["stack", "init", "dev.clusters"]);
    const run = await bench.pulumi(estate, ["preview", "-s", "dev.clusters"]);
    expect(run.stdout).toMatch(/aws:eks:Cluster\s/);
    expect(run.exitCode).toBe(0);
  });

  // The slice has it in test/plain.
  it.skipIf(!isFull)("previews dev.machines from the root, on the sandbox cloud", async () => {
    await bench.pulumi(estate, ["stack", "init", "dev.machines"]);
    const run = await bench.pulumi(estate, ["preview", "-s", "dev.machines"]);
    expect(run.stdout).toMatch(/aws:ec2:Vpc\s/);
    expect(run.stdout).toMatch(/vpcId +: \[unknown\]/);
    expect(run.exitCode).toBe(0);
  });

  it.skipIf(!isFull)("reads values of an applied stack, and takes marked ones for unknown", async () => {
    expect((await bench.pulumi(estate, ["up", "-s", "dev.machines", "--yes", "--skip-preview"])).exitCode).toBe(0);
    const subnets = async (): Promise<string> => {
      const run = await bench.pulumi(estate, ["preview", "-s", "dev.clusters", "--diff"]);
      // The node group's own: the reference's outputs are printed as well, before or after it.
      return /aws:eks\/nodeGroup:NodeGroup:.*?\n {8}subnetIds\s*:\s*(\[unknown\]|\[)/s.exec(run.stdout)?.[1] ?? run.stdout;
    };
    expect(await subnets()).toBe("[");
    mark("dev.clusters", { stacks: [], outputs: { machines: ["subnetIds"] } });
    expect(await subnets()).toBe("[unknown]");
    mark("dev.clusters", { stacks: ["machines"], outputs: {} });
    expect(await subnets()).toBe("[unknown]");
  });

  it("refuses a stack that no environment declares, naming the nearest", async () => {
    await bench.pulumi(estate, ["stack", "init", "dev.machnes"]);
    const run = await bench.pulumi(estate, ["preview", "-s", "dev.machnes"]);
    expect(run.stdout).toContain(`STACK_UNKNOWN: the environment "dev" declares no stack "machnes". Did you mean "machines"?`);
    expect(run.exitCode).toBe(1);
  });
});
