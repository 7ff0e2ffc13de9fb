import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock/index.ts";
import { thisMachine, type Machine } from "../../src/base/process/index.ts";
import type { Operation } from "../../src/domain/changes/index.ts";
import { applyEnvironment } from "../../src/workflows/apply/index.ts";
import { detectDrift, fixDrift } from "../../src/workflows/drift/index.ts";
import { openEstate, type Estate } from "../../src/workflows/estate/index.ts";
import { previewEnvironment } from "../../src/workflows/preview/index.ts";
import { environmentStatus } from "../../src/workflows/status/index.ts";
import { anEngine } from "../engine/workshop.ts";
import { newHome, type Change, type Home } from "../journeys/estate.ts";

/** The cloud that the machines layer is taken to. */
export interface Ground {
  readonly cloud: "real" | "sandbox";
  /** Config of the aws provider, as lines below `config:`. */
  readonly config: readonly string[];
  /** What a person has in their environment to reach it. */
  readonly variables: Readonly<Record<string, string>>;
  /** Whether it serves the pool of machines; else only their network comes. */
  readonly pool: boolean;
  /** Changes the tag `owner` of the VPC by hand. */
  readonly tamper: (home: Home, owner: string) => Promise<void>;
  /** How many of the environment's VPCs there are. */
  readonly vpcs: (home: Home) => Promise<number>;
}

const repository = fileURLToPath(new URL("../..", import.meta.url));
const args = { cidr: "10.20.0.0/16", internalDomain: "dev.internal.invalid", zones: 2, count: 1, size: "t4g.small" };
const passphrase = "TRUEUP_MACHINES_PASSPHRASE";

/** Without resources: what is left of the environment when its machines are gone. */
const stays = `import { defineStack } from "trueup";
import { z } from "zod";
export default defineStack({ args: z.object({}), program: () => ({ stays: true }) });
`;

function environment(cloud: Ground["cloud"], isRetired: boolean): string {
  const secrets = cloud === "real" ? `secrets: { provider: "passphrase", from: { env: "${passphrase}" } },` : "";
  return `import { defineEnvironment, stack } from "trueup";
import type machines from "../../stacks/machines/index.ts";

export default defineEnvironment({
  cloud: "${cloud}",
  ${secrets}
  stacks: {
    ${isRetired ? "" : `machines: stack<typeof machines>("stacks/machines", { layer: "machines", args: ${JSON.stringify(args)} }),`}
    stays: stack("stacks/stays", { layer: "apps" }),
  },
  ${isRetired ? 'retire: { machines: "destroy" },' : ""}
});
`;
}

function without(text: string, pieces: readonly string[]): string {
  for (const piece of pieces) if (text.split(piece).length !== 2) throw new Error(`stacks/machines/index.ts does not hold exactly one "${piece}"`);
  return pieces.reduce((left, piece) => left.replace(piece, ""), text);
}

/** This repository's own machines layer, in an estate of its own. */
async function files({ cloud, config, pool }: Ground): Promise<Record<string, Change>> {
  const found: Record<string, Change> = {};
  for (const folder of ["stacks/lib", "stacks/machines"])
    for (const name of await readdir(join(repository, folder))) found[`${folder}/${name}`] = await readFile(join(repository, folder, name), "utf8");
  const index = String(found["stacks/machines/index.ts"]);
  const poolOnly = ['import { pool } from "./pool.ts";', "const machines = pool(args, net, tags);", "poolName: machines.name,"];
  return {
    ...found,
    "stacks/machines/index.ts": pool ? index : without(index, poolOnly),
    "stacks/stays/index.ts": stays,
    "environments/dev/environment.ts": environment(cloud, false),
    "environments/Pulumi.dev.machines.yaml": ["config:", ...config.map((line) => `  ${line}`), ""].join("\n"),
  };
}

/** This machine with what reaches the ground, and without whatever AWS account its user works with. */
async function machineWith(variables: Readonly<Record<string, string>>): Promise<Machine> {
  const machine = thisMachine();
  const given: Readonly<Record<string, string>> = {
    ...variables,
    [passphrase]: "machines-passphrase-20d7",
    TRUEUP_ACTOR: "ann",
    TRUEUP_ENGINE: (await anEngine()) ?? "",
  };
  const isForeign = (name: string): boolean => name.startsWith("AWS_");
  return {
    ...machine,
    variable: (name) => given[name] ?? (isForeign(name) ? undefined : machine.variable(name)),
    variables: (names) => ({
      ...Object.fromEntries(Object.entries(machine.variables(names)).filter(([name]) => !isForeign(name))),
      ...Object.fromEntries(Object.entries(given).filter(([name]) => names.test(name))),
    }),
  };
}

const dev = { environment: "dev" };

/** The machines layer from nothing to nothing left: each test a step on from the one before. */
export function machinesJourney(on: string, start: () => Promise<Ground>, deadlineMs: number): void {
  describe(`on ${on}`, { timeout: deadlineMs }, () => {
    let ground: Ground;
    let home: Home;
    let estate: Estate;
    beforeAll(async () => {
      ground = await start();
      home = await newHome(await files(ground));
      estate = await openEstate({ directory: home.clone, machine: await machineWith(ground.variables), clock: systemClock });
    }, deadlineMs);
    afterAll(async () => {
      await estate?.close();
      await home?.remove();
    }, deadlineMs);

    it("is previewed as creates alone, and nothing is there afterwards", async () => {
      const preview = await previewEnvironment(estate, { ...dev, ref: "HEAD", all: false });
      expect(preview.verdict.problem).toBeUndefined();
      const operations = [...preview.inspection.stacks.values()].flatMap(
        ({ outcome }) => outcome?.changes.resources.map(({ operation }): Operation => operation) ?? [],
      );
      expect(operations.length).toBeGreaterThan(5);
      expect(new Set(operations)).toEqual(new Set(["create"]));
      expect(await ground.vpcs(home)).toBe(0);
    });

    it("comes up, and is there", async () => {
      const applied = await applyEnvironment(estate, { ...dev, all: false });
      expect([applied.end, applied.problem?.lines]).toEqual(["good", undefined]);
      expect(await ground.vpcs(home)).toBe(1);
    });

    it("does not change when it is looked at or applied again", async () => {
      const preview = await previewEnvironment(estate, { ...dev, ref: "HEAD", all: true });
      expect([...preview.inspection.stacks.values()].map(({ outcome }) => [outcome?.changes.resources, outcome?.drift])).toEqual([
        [[], []],
        [[], []],
      ]);
      expect((await applyEnvironment(estate, { ...dev, all: false })).end).toBe("nothing");
      expect((await detectDrift(estate, dev)).stacks.flatMap(({ findings }) => findings)).toEqual([]);
    });

    it("shows what a hand changed in the console, and is put right", async () => {
      await ground.tamper(home, "mallory");
      const found = (await detectDrift(estate, dev)).stacks.flatMap(({ findings }) => findings);
      expect(found.map(({ name: resource, kind }) => `${kind} ${resource}`)).toEqual(["changed main"]);
      expect(found[0]?.properties).toContainEqual(expect.objectContaining({ path: "tags.owner", after: { kind: "plain", value: "mallory" } }));
      const repair = await fixDrift(estate, dev);
      expect([repair.problem?.lines, repair.repaired.length]).toEqual([undefined, 1]);
      expect((await detectDrift(estate, dev)).stacks.flatMap(({ findings }) => findings)).toEqual([]);
    });

    it("is retired by a person who writes down why so much may go, and by nobody else", async () => {
      await home.land("retire", { "environments/dev/environment.ts": environment(ground.cloud, true) });
      const refused = await applyEnvironment(estate, { ...dev, all: false });
      expect([refused.end, refused.problem?.code]).toEqual(["refused", "GUARD_REFUSED"]);
      expect(await ground.vpcs(home)).toBe(1);

      const guards = [...new Set(refused.verdict?.refusals.map(({ kind }) => kind))];
      const applied = await applyEnvironment(estate, { ...dev, all: false, overrides: { guards, reason: "the journey is over" } });
      expect([applied.end, applied.problem?.lines]).toEqual(["good", undefined]);
      expect(await ground.vpcs(home)).toBe(0);
      expect((await environmentStatus(estate, "dev")).stacks.map((stack) => stack.name)).toEqual(["stays"]);
    });
  });
}
