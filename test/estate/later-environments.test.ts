import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { thisMachine } from "../../src/base/process/index.ts";
import { git, makeWorld, trueup, worldIn, type World } from "../../src/doors/demo/world.ts";
import { engine, isFull } from "../journeys/estate.ts";

/** What is sized differently in each environment. */
interface Sizes {
  readonly machines: { readonly count: number };
  readonly podinfo: { readonly replicas: number };
  readonly "shop-api": { readonly replicas: number };
  readonly "shop-db": { readonly multiAz: boolean };
}

/** The part of a preview's text that tells of one stack. */
function partOf(text: string, stack: string): string {
  return text.split("\n\n").find((part) => part.trimStart().startsWith(`${stack}  `)) ?? "";
}

/** The stacks that a preview tells of, with what it says would become of each. */
function headings(text: string, environment: string): Record<string, string> {
  const found = [...text.matchAll(new RegExp(`^${environment}\\.(\\S+)  (.*)$`, "gm"))];
  return Object.fromEntries(found.map(([, stack = "", says = ""]) => [stack, says]));
}

/** dev is applied by every demo; these two by nobody, so that only this would notice when they no longer hold together. */
describe.skipIf(engine === undefined || !isFull)("the estate's later environments, never applied", () => {
  let world: World;
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), "trueup-later-"));
    const source = fileURLToPath(new URL("../..", import.meta.url));
    world = await makeWorld(worldIn(folder, { source, engine: engine ?? "", machine: thisMachine() }));
    await git(world, "push", "--quiet", "origin", "main:env/staging", "main:env/prod");
  });
  afterAll(() => rm(world.folder, { recursive: true, force: true }));

  test.each(["staging", "prod"])(
    "the preview of %s shows all eight stacks, each with its own sizes, and waits for an approval alone",
    async (name) => {
      const sizes = JSON.parse(await git(world, "show", `main:environments/${name}/values.json`)) as Sizes;
      const { exitCode, stdout, stderr } = await trueup(world, ["preview", name, "--ref", "main"], { tell: () => undefined });
      expect(stderr).toMatch(/^HELD: 0 of 1 approvals from @acme\/\w+/m);
      expect(exitCode).toBe(11);
      const told = headings(stdout, name);
      expect(Object.keys(told).sort()).toEqual(["clusters", "machines", "mesh", "network", "podinfo", "shop-api", "shop-dashboard", "shop-db"]);
      for (const says of Object.values(told)) expect(says).toMatch(/^(unknown until .* applied, )?([6-9]|[1-9]\d) create {2}never applied$/);
      expect(partOf(stdout, `${name}.machines`)).toContain(`+ desiredCapacity: ${sizes.machines.count}\n`);
      expect(partOf(stdout, `${name}.podinfo`)).toContain(`+ spec.replicas: ${sizes.podinfo.replicas}\n`);
      expect(partOf(stdout, `${name}.shop-api`)).toContain(`+ spec.replicas: ${sizes["shop-api"].replicas}\n`);
      expect(partOf(stdout, `${name}.shop-db`)).toContain(`+ multiAz: ${sizes["shop-db"].multiAz}\n`);
    },
    400_000,
  );
});
