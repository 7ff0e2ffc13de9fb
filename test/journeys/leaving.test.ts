import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engine, isFull, newHome, type Home } from "./estate.ts";

const environment = (stacks: string, more = ""): string => `import { defineEnvironment, project } from "trueup";
export default defineEnvironment({ cloud: "sandbox", stacks: { ${stacks} }, ${more} });
`;
const declaration = 'old: project("legacy/old", { stack: "acme", layer: "machines" })';

describe.skipIf(engine === undefined || !isFull)("an existing project that is the last stack of its environment", () => {
  let home: Home;
  beforeAll(async () => {
    home = await newHome({
      "environments/dev/environment.ts": environment(declaration),
      "legacy/old/Pulumi.yaml": "name: old\nruntime:\n  name: nodejs\n  options:\n    typescript: false\nmain: index.ts\n",
      "legacy/old/package.json": '{ "name": "old", "private": true, "type": "module" }\n',
      "legacy/old/index.ts": 'import * as aws from "@pulumi/aws";\nnew aws.ec2.Vpc("main", { cidrBlock: "10.3.0.0/16", tags: { Name: "old" } });\n',
    });
    await home.apply();
  });
  afterAll(() => home?.remove());
  const vpcs = (): number => home.cloud.list({ type: "Vpc" }).filter(({ createdBy }) => createdBy.includes("::old::")).length;

  it("is destroyed in the project that it was applied from, when its folder leaves with it", async () => {
    expect(vpcs()).toBe(1);
    await home.land("retire", {
      "environments/dev/environment.ts": environment("", 'retire: { old: "destroy" }'),
      "legacy/old/Pulumi.yaml": undefined,
      "legacy/old/index.ts": undefined,
    });
    const applied = await home.run(["apply", "dev", "--override", "destroys too much", "--reason", "the project is over"]);
    expect([applied.exit, applied.lines, vpcs()]).toEqual([0, applied.lines, 0]);
  });
});
