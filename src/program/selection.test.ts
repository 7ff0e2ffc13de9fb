import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readMarks } from "./marks.ts";
import { selectStack } from "./selection.ts";

let root: string;

const environment = `export default { cloud: "sandbox", stacks: {
  shop: { kind: "stack", path: "stacks/shop", layer: "apps", args: {} },
  network: { kind: "project", path: "legacy/network", layer: "machines", stack: "acme-dev" },
} };\n`;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "trueup-selection-"));
  mkdirSync(join(root, "environments/dev"), { recursive: true });
  writeFileSync(join(root, "environments/dev/environment.ts"), environment);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("the selected stack", () => {
  it("is found by <environment>.<stack>", async () => {
    expect(await selectStack(root, "dev.shop")).toMatchObject({
      environment: "dev",
      stackName: "shop",
      file: "environments/dev/environment.ts",
      entry: { path: "stacks/shop" },
    });
  });

  it.each([
    { name: "dev.shpo", code: "STACK_UNKNOWN", says: `Did you mean "shop"?` },
    { name: "dve.shop", code: "ENVIRONMENT_UNKNOWN", says: `Did you mean "dev"?` },
    { name: "shop", code: "STACK_UNKNOWN", says: "does not say environment and stack" },
    { name: "dev.network", code: "STACK_UNKNOWN", says: "a Pulumi project of its own" },
    { name: "dev.toString", code: "STACK_UNKNOWN", says: "declares no stack" },
  ])("$name is refused", async ({ name, code, says }) => {
    await expect(selectStack(root, name)).rejects.toMatchObject({ code, what: expect.stringContaining(says) as string });
  });
});

describe("the run's marks", () => {
  const write = (name: string, text: string): void => {
    mkdirSync(join(root, ".trueup-run"), { recursive: true });
    writeFileSync(join(root, ".trueup-run", name), text);
  };

  it("are none without a file, and come from the stack's own file first", async () => {
    const selection = await selectStack(root, "dev.shop");
    expect(readMarks(selection)).toEqual({ stacks: [], outputs: {} });
    write("shop.json", `{"stacks":["a"]}`);
    expect(readMarks(selection)).toEqual({ stacks: ["a"], outputs: {} });
    write("dev.shop.json", `{"stacks":[],"outputs":{"a":["x"]}}`);
    expect(readMarks(selection)).toEqual({ stacks: [], outputs: { a: ["x"] } });
  });

  it.each(["{", `{"stacks":"a"}`, `{"outputs":{"a":"x"}}`, "null"])("that are not understood are refused: %s", async (text) => {
    const selection = await selectStack(root, "dev.shop");
    write("dev.shop.json", text);
    expect(() => readMarks(selection)).toThrow(/marks cannot be read/);
  });
});
