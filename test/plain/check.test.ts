import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openClone, told, type Clone } from "./estate.ts";

/** Needs no engine: nothing is run. */
describe("trueup check", () => {
  let clone: Clone;
  beforeAll(async () => {
    clone = await openClone("/nowhere");
  });
  afterAll(() => clone.close());

  it("is content with a sound commit", async () => {
    const found = await clone.trueup("check");
    expect(told(found)).toMatch(/^exit 0\n/);
    expect(found.stdout).toMatch(/dev \(2 stacks\), prod \(1 stacks\): 0 errors/);
  });

  it("warns, with file and line, of what plain type stripping would break, and stops nothing", async () => {
    await clone.write("stacks/lib/size.ts", "export enum Size {\n  small,\n}\n");
    await clone.write(
      "stacks/apps/index.ts",
      'import { defineStack } from "trueup";\nimport { z } from "zod";\nimport { Size } from "../lib/size";\nexport default defineStack({ args: z.object({}).optional(), program: () => ({ size: Size.small }) });\n',
    );
    await clone.commit();
    const found = await clone.trueup("check", "dev");
    expect(told(found)).toMatch(/^exit 0\n/);
    expect(found.stdout).toContain("warning stacks/lib/size.ts:1: enum Size");
    expect(found.stdout).toContain('warning stacks/apps/index.ts:3: "../lib/size" is no file; it is meant for stacks/lib/size.ts');
    expect(found.stdout).not.toContain("prod");
  });

  it("refuses a config without its link, a folder without a program and a file that is wrong, each with its place, in one run", async () => {
    await clone.write("environments/dev/apps.yaml", "config: {}\n");
    await clone.write(
      "environments/prod/environment.ts",
      'import { defineEnvironment, stack } from "trueup";\nexport default defineEnvironment({ cloud: "sandbox", stacks: { apps: stack("stacks/app", { layer: "apps" }) } });\n',
    );
    await clone.write(
      "environments/test/environment.ts",
      'import { defineEnvironment } from "trueup";\nexport default defineEnvironment({ cloud: "sandbox", stack: {} });\n',
    );
    await clone.commit();
    const found = await clone.trueup("check", "-o", "json");
    expect(found.exitCode).toBe(2);
    const report = JSON.parse(found.stdout) as {
      readonly data: { readonly findings: readonly { readonly level: string; readonly at: string; readonly what: string }[] };
    };
    const errors = report.data.findings.filter(({ level }) => level === "error").map(({ at, what }) => `${at}: ${what}`);
    expect(errors).toHaveLength(3);
    expect(errors.join("\n")).toMatch(/environments\/Pulumi\.dev\.apps\.yaml: the link to environments\/dev\/apps\.yaml is missing/);
    expect(errors.join("\n")).toMatch(/environments\/prod\/environment\.ts.*stacks\/app/);
    expect(errors.join("\n")).toMatch(/environments\/test\/environment\.ts.*unknown key "stack"/);
  });

  it("an environment that is not there is exit 6 with the nearest name", async () => {
    const found = await clone.trueup("check", "de");
    expect(found.exitCode).toBe(6);
    expect(found.stderr).toContain('Did you mean "dev"?');
  });
});
