import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEngine, preparePlain, type Engine, type EngineOptions } from "../../src/adapters/engine/index.ts";
import { thisMachine } from "../../src/base/process/index.ts";
import { anEngine, limits, openWorkshop, type Workshop } from "./workshop.ts";

const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
const machine = thisMachine();
const isFull = machine.variable("TRUEUP_TEST_SIZE") === "full";
const skipped = isFull ? "" : " (skipped: only with TRUEUP_TEST_SIZE=full)";

describe.skipIf(!isFull)(`the language host that engine.programHost asks for${skipped}`, () => {
  let shop: Workshop;
  let calls: string;
  let installed: string;
  const engines: Engine[] = [];
  beforeAll(async () => {
    shop = await openWorkshop();
    await shop.program("export const one = 1;");
    calls = join(shop.root, "calls");
    installed = join(shop.root, "installed");
    const directory = join(shop.root, "plain");
    await mkdir(directory);
    await mkdir(installed);
    // Stands where the official one would, notes that the engine started it, and hands over to a host that does its work.
    const [launchers] = await preparePlain({
      machine,
      pulumi: await anEngine(),
      cache: shop.root,
      sandbox: { store: join(shop.root, "cloud"), sdk: modules },
      directory,
    });
    const script = `#!/bin/sh\necho called >> '${calls}'\nexec '${launchers}/pulumi-language-nodejs' "$@"\n`;
    await writeFile(join(installed, "pulumi-language-nodejs"), script, { mode: 0o755 });
  });
  afterAll(async () => {
    await Promise.all(engines.map((engine) => engine.close()));
    await shop.close();
  });

  async function open(programHost: EngineOptions["programHost"], path: string): Promise<Engine> {
    const sandbox = { store: join(shop.root, "cloud"), sdk: modules };
    const options = { machine: { ...machine, path }, pulumi: await anEngine(), work: join(shop.root, "work"), sandbox, programHost, cache: shop.root };
    const engine = await openEngine(options);
    engines.push(engine);
    return engine;
  }

  /** How a preview and an apply of one stack end, and whether each of them started the host that is installed. */
  async function runs(programHost: EngineOptions["programHost"]): Promise<readonly string[]> {
    const engine = await open(programHost, `${installed}:${machine.path}`);
    const site = shop.site(programHost);
    await engine.init(site);
    const told: string[] = [];
    for (const command of ["preview", "up"] as const) {
      await rm(calls, { force: true });
      const { result } = command === "up" ? await engine.up(site, { ...limits, refresh: false }) : await engine.preview(site, { ...limits, live: true });
      const called = await readFile(calls, "utf8").catch(() => "");
      told.push(`${command} ${result} on ${called === "" ? "ours" : "the installed one"}`);
    }
    expect(await engine.outputs(site)).toEqual({ one: 1 });
    return told;
  }

  it("is the installed one for applies, for everything or for nothing", async () => {
    expect(await runs("auto")).toEqual(["preview succeeded on ours", "up succeeded on the installed one"]);
    expect(await runs("pulumi")).toEqual(["preview succeeded on the installed one", "up succeeded on the installed one"]);
    expect(await runs("trueup")).toEqual(["preview succeeded on ours", "up succeeded on ours"]);
  }, 120_000);

  it("is refused where it is asked for and not installed, before a program runs; what runs no program goes on", async () => {
    const engine = await open("pulumi", "/usr/bin:/bin");
    const site = shop.site("missing");
    await engine.init(site);
    await expect(engine.preview(site, { ...limits, live: true })).rejects.toMatchObject({ code: "ENGINE_MISSING", exitCode: 2 });
    expect(await engine.destroy(site, { ...limits, previewOnly: true })).toMatchObject({ result: "succeeded" });
  }, 60_000);
});
