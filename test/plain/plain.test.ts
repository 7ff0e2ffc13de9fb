import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { thisMachine } from "../../src/base/process/index.ts";
import { anEngine, openClone, told, type Clone, type Outcome } from "./estate.ts";

const engine = anEngine();
const isFull = thisMachine().variable("TRUEUP_TEST_SIZE") === "full";
if (engine === undefined) process.stdout.write("skipped: plain pulumi beside trueup needs the engine (npm run setup)\n");

describe.skipIf(engine === undefined)("plain pulumi beside trueup", () => {
  let clone: Clone;
  const pulumi = (command: string): Promise<Outcome> => clone.shell(`eval "$(trueup env shell dev 2>/dev/null)" && pulumi ${command} --non-interactive`);

  beforeAll(async () => {
    clone = await openClone(engine ?? "");
    const applied = await clone.trueup("apply", "dev");
    if (applied.exitCode !== 0) throw new Error(told(applied));
  });
  afterAll(() => clone.close());

  it("sees no change in what trueup applied, with the shell words of env shell alone", async () => {
    const machines = await pulumi("preview -s dev.machines --expect-no-changes");
    expect(told(machines)).toMatch(/^exit 0\n/);
    expect(machines.stdout).toContain("3 unchanged");
    // Its outputs, a secret one among them, are read across stacks with the same passphrase.
    const apps = await pulumi("preview -s dev.apps --expect-no-changes");
    expect(told(apps)).toMatch(/^exit 0\n/);
  });

  it.skipIf(!isFull)("sees what somebody changed in the clone, on the same state", async () => {
    await clone.write(
      "stacks/machines/index.ts",
      'import * as aws from "@pulumi/aws";\nimport { defineStack } from "trueup";\nimport { z } from "zod";\nexport default defineStack({ args: z.object({ days: z.int() }), program() { new aws.sqs.Queue("jobs", {}); } });\n',
    );
    const found = await pulumi("preview -s dev.machines --expect-no-changes");
    expect(found.exitCode).not.toBe(0);
    expect(found.stdout).toContain("1 to delete");
    await clone.shell("git checkout --quiet stacks");
  });

  it("what plain pulumi applies is no change to trueup", async () => {
    const up = await pulumi("up -s dev.machines --yes --skip-preview");
    expect(told(up)).toMatch(/^exit 0\n/);
    const preview = await clone.trueup("preview", "dev", "--all", "--expect-no-changes");
    expect(told(preview)).toMatch(/^exit 0\n/);
  });

  it("a real environment's passphrase and home are the person's own: nothing of them is printed", async () => {
    const words = await clone.shell("ACME_PROD_PASSPHRASE=canary-5d1f trueup env shell prod");
    expect(told(words)).toMatch(/^exit 0\n/);
    expect(words.stdout).toContain("export PULUMI_BACKEND_URL='s3://acme-state'");
    expect(words.stdout).toContain("# prod is not a sandbox: set PULUMI_CONFIG_PASSPHRASE yourself");
    expect(words.stdout + words.stderr).not.toContain("canary-5d1f");
    expect(words.stdout).not.toContain("PULUMI_HOME");
  });
});
