import { describe, expect, it } from "vitest";
import { linkFaults } from "./links.ts";

const dev = { name: "dev", stacks: [{ name: "shop", kind: "stack" }] } as const;
const path = "environments/Pulumi.dev.shop.yaml";

async function said(modes: Readonly<Record<string, string>>, target?: string): Promise<string[]> {
  const found = await linkFaults(dev, { modes: new Map(Object.entries(modes)), target: async () => target });
  return found.map(({ level, at, what }) => `${level} ${at} ${what}`);
}

describe("the links by which plain pulumi finds a stack's config", () => {
  it("is content with the right link, and with a stack that has no config", async () => {
    expect(await said({ [path]: "120000", "environments/dev/shop.yaml": "100644" }, "dev/shop.yaml")).toEqual([]);
    expect(await said({})).toEqual([]);
  });

  it("refuses a missing link, a file in its place, a wrong target and a link to nothing", async () => {
    expect(await said({ "environments/dev/shop.yaml": "100644" })).toEqual([
      `error ${path} the link to environments/dev/shop.yaml is missing: plain pulumi would run dev.shop without its config`,
    ]);
    expect((await said({ [path]: "100644", "environments/dev/shop.yaml": "100644" }))[0]).toContain("a file of its own");
    expect((await said({ [path]: "120000", "environments/dev/shop.yaml": "100644" }, "prod/shop.yaml"))[0]).toContain("leads to prod/shop.yaml");
    expect((await said({ [path]: "120000" }, "dev/shop.yaml"))[0]).toContain("which is not there");
  });

  it("warns of a link of a stack that nobody declares", async () => {
    expect(await said({ "environments/Pulumi.dev.old.yaml": "120000" })).toEqual([
      "warning environments/Pulumi.dev.old.yaml dev declares no stack of this name",
    ]);
  });
});
