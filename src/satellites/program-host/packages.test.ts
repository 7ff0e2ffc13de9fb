import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { programDependencies, requiredPackages } from "./packages.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "trueup-packages-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function manifest(path: string, content: object): void {
  const file = join(root, path, "package.json");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(content));
}

describe("the providers a program needs", () => {
  it("are those of its SDK packages, found from a folder below, with the versions the packages name", () => {
    manifest(".", { dependencies: { "@pulumi/aws": "*", zod: "*", absent: "*" }, devDependencies: { "@acme/thing": "*" } });
    manifest("node_modules/@pulumi/aws", { name: "@pulumi/aws", version: "7.0.0", pulumi: { resource: true, name: "aws", version: "7.48.0" } });
    manifest("node_modules/@acme/thing", { name: "@acme/thing", version: "1.2.3", pulumi: { resource: true, server: "https://acme.example" } });
    manifest("node_modules/zod", { name: "zod", version: "4.0.0" });
    expect(requiredPackages(join(root, "stacks"))).toEqual([
      { name: "aws", version: "v7.48.0", server: "" },
      { name: "thing", version: "v1.2.3", server: "https://acme.example" },
    ]);
  });

  it("include those that a component library brings, in its own version", () => {
    manifest(".", { dependencies: { lib: "*" } });
    manifest("node_modules/lib", { name: "lib", version: "1.0.0", dependencies: { "@pulumi/pulumi": "*", "@pulumi/aws": "6" } });
    manifest("node_modules/lib/node_modules/@pulumi/aws", {
      name: "@pulumi/aws",
      version: "6.1.0",
      dependencies: { "@pulumi/pulumi": "*" },
      pulumi: { resource: true, name: "aws", version: "6.1.0" },
    });
    expect(requiredPackages(root)).toEqual([{ name: "aws", version: "v6.1.0", server: "" }]);
  });

  it("are none for a program without a package.json or with a broken one", () => {
    writeFileSync(join(root, "package.json"), "{");
    expect(requiredPackages(root)).toEqual([]);
  });
});

describe("a program's dependencies", () => {
  it("are the installed versions", () => {
    manifest(".", { dependencies: { zod: "^4", absent: "*" } });
    manifest("node_modules/zod", { name: "zod", version: "4.6.7" });
    expect(programDependencies(root)).toEqual([{ name: "zod", version: "4.6.7" }]);
  });
});
