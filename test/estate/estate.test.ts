import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const root = join(import.meta.dirname, "../..");
const environments = ["dev", "prod", "staging"];
const stacks = ["clusters", "machines", "mesh", "podinfo", "shop-api", "shop-dashboard", "shop-db"];

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const config = (path: string): Record<string, unknown> => parse(read(path)) as Record<string, unknown>;
const projectConfig = (environment: string): string => `legacy/network/Pulumi.acme-${environment}.yaml`;
const configFiles = environments.flatMap((environment) => [...stacks.map((stack) => `environments/${environment}/${stack}.yaml`), projectConfig(environment)]);

function filesBelow(folder: string): string[] {
  return execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--", folder], { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter(Boolean);
}

describe("the estate", () => {
  it("has the same stacks in every environment, so that environments differ in values and rules only", () => {
    expect(readdirSync(join(root, "environments")).filter((name) => !name.startsWith("Pulumi."))).toEqual(environments);
    for (const environment of environments) {
      const files = [...stacks.map((stack) => `${stack}.yaml`), "environment.ts", "values.json"].sort();
      expect(readdirSync(join(root, "environments", environment)).sort()).toEqual(files);
    }
    const imports = environments.map((environment) => read(`environments/${environment}/environment.ts`).match(/^import .*$/gm));
    expect(new Set(imports.map((lines) => JSON.stringify(lines))).size).toBe(1);
  });

  it("names no environment outside its folder: programs cannot tell them apart by name", () => {
    const shared = filesBelow("stacks").filter((path) => path.endsWith(".ts"));
    expect(shared.length).toBeGreaterThan(20);
    expect(shared.filter((path) => /["'`](dev|staging|prod)["'`]/.test(read(path)))).toEqual([]);
  });

  it("says the same keys in every values.json", () => {
    const keys = environments.map((environment) => keyPaths(JSON.parse(read(`environments/${environment}/values.json`))));
    expect(keys[1]).toEqual(keys[0]);
    expect(keys[2]).toEqual(keys[0]);
  });

  it("links every stack's config to where plain pulumi looks for it", () => {
    const links = readdirSync(join(root, "environments")).filter((name) => name.startsWith("Pulumi."));
    expect(links.sort()).toEqual(environments.flatMap((environment) => stacks.map((stack) => `Pulumi.${environment}.${stack}.yaml`)).sort());
    for (const link of links) {
      const [, environment, stack] = link.split(".");
      expect(readlinkSync(join(root, "environments", link))).toBe(`${environment}/${stack}.yaml`);
    }
  });

  it("carries a salt in every config file, so that a preview writes none", () => {
    const salts = configFiles.map((path) => config(path)["encryptionsalt"]);
    for (const salt of salts) expect(salt).toMatch(/^v1:[^:]+:v1:[^:]+:[^:]+$/);
    expect(new Set(salts).size).toBe(configFiles.length);
  });

  it("holds no plain secret", () => {
    const sensitive = configFiles.flatMap((path) => {
      const entries = Object.entries((config(path)["config"] ?? {}) as Record<string, unknown>);
      return entries.filter(([key]) => /token|password|secret|passphrase|(private|api|access)key/i.test(key)).map(([, value]) => value);
    });
    expect(sensitive).toEqual(environments.map(() => ({ secure: expect.stringMatching(/^v1:/) })));
    const written = ["environments", "stacks", "legacy", "policies"].flatMap(filesBelow).map(read).join("\n");
    expect(written).not.toMatch(/AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----/);
  });

  it("gives every environment an account of its own, written as text: a number would lose its leading zero", () => {
    const accounts = environments.map((environment) => {
      const files = [
        `environments/${environment}/machines.yaml`,
        `environments/${environment}/clusters.yaml`,
        `environments/${environment}/shop-db.yaml`,
        projectConfig(environment),
      ];
      const ids = files.map((path) => (config(path)["config"] as Record<string, unknown>)["aws:allowedAccountIds"]);
      expect(new Set(ids.map((each) => JSON.stringify(each))).size).toBe(1);
      expect(ids[0]).toEqual([expect.stringMatching(/^\d{12}$/)]);
      return JSON.stringify(ids[0]);
    });
    expect(new Set(accounts).size).toBe(environments.length);
  });
});

function keyPaths(value: unknown, at = ""): string[] {
  if (typeof value !== "object" || value === null) return [at];
  return Object.entries(value)
    .flatMap(([key, inner]) => keyPaths(inner, `${at}.${key}`))
    .sort();
}
