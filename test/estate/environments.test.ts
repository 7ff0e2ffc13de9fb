import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { satisfies } from "semver";
import { describe, expect, it } from "vitest";
import type { EnvironmentFile, StackProgram } from "trueup";

const root = join(import.meta.dirname, "../..");
const names = ["dev", "prod", "staging"];

/** An environment as plain Node reads it, and the modules of provider SDKs that this loaded. */
function evaluate(name: string): { environment: EnvironmentFile; sdk: string[] } {
  const script = `import m from "node:module";
    const { default: environment } = await import("./environments/${name}/environment.ts");
    console.log(JSON.stringify({ environment, sdk: Object.keys(m._cache).filter((path) => path.includes("@pulumi")) }));`;
  return JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: root, encoding: "utf8" }));
}

const evaluated = new Map(names.map((name) => [name, evaluate(name)]));
const stacksOf = (name: string): [string, EnvironmentFile["stacks"][string]][] => Object.entries(evaluated.get(name)?.environment.stacks ?? {});

describe("the environment files", () => {
  it.each(names)("%s evaluates to plain data without loading a provider SDK", (name) => {
    expect(evaluated.get(name)?.sdk).toEqual([]);
    expect(evaluated.get(name)?.environment).toMatchObject({ branch: `env/${name}`, cloud: "sandbox" });
  });

  it("declares the same programs in the same layers everywhere", () => {
    const shapes = names.map((name) => stacksOf(name).map(([stack, { kind, path, layer }]) => ({ stack, kind, path, layer })));
    expect(shapes[1]).toEqual(shapes[0]);
    expect(shapes[2]).toEqual(shapes[0]);
    expect(new Set(shapes[0]?.map(({ layer }) => layer))).toEqual(new Set(["machines", "clusters", "apps", "mesh"]));
    expect(shapes[0]?.filter(({ path, kind }) => !existsSync(join(root, path, kind === "stack" ? "index.ts" : "Pulumi.yaml")))).toEqual([]);
  });

  it("gives every program arguments that its own schema takes", async () => {
    const failures: string[] = [];
    for (const name of names) {
      for (const [stack, entry] of stacksOf(name)) {
        if (entry.kind !== "stack") continue;
        const { default: program } = (await import(join(root, entry.path, "index.ts"))) as { default: StackProgram };
        const result = program.args.safeParse(entry.args ?? {});
        if (!result.success) failures.push(`${name}.${stack}: ${result.error.message}`);
      }
    }
    expect(failures).toEqual([]);
  }, 30_000);

  it("fits the versions of the shop's parts to each other", () => {
    const requirements = names.flatMap((name) => {
      const stacks = evaluated.get(name)?.environment.stacks ?? {};
      return stacksOf(name).flatMap(([stack, entry]) =>
        Object.entries(entry.requires ?? {}).map(([on, range]) => {
          const wanted = stacks[on];
          const version = wanted?.kind === "stack" ? String(wanted.args?.["version"]) : "none";
          return { who: `${name}.${stack}`, on, range, version, fits: satisfies(version, range) };
        }),
      );
    });
    expect(requirements).toHaveLength(6);
    expect(requirements.filter(({ fits }) => !fits)).toEqual([]);
  });

  it("asks production how we will know that it works, for every stack", () => {
    expect(evaluated.get("prod")?.environment.verify).toEqual({ required: true });
    expect(stacksOf("prod").filter(([, { verify }]) => verify === undefined || verify.length === 0)).toEqual([]);
    expect(["dev", "staging"].map((name) => evaluated.get(name)?.environment.verify)).toEqual([undefined, undefined]);
  });
});
