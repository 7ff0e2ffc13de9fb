import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { findBubblewrap } from "../../src/base/confinement/index.ts";
import { thisMachine } from "../../src/base/process/index.ts";
import { engine, isFull, set } from "../journeys/estate.ts";
import { evilResource, hostileCheck, hostilePack, hostileProgram, lootIn } from "./probes.ts";
import { canary, Scene } from "./scene.ts";

vi.setConfig({ testTimeout: 200_000, hookTimeout: 200_000 });

const isolation = await findBubblewrap(thisMachine().path);
const missing = engine === undefined ? "there is no engine (npm run setup)" : isolation.kind === "none" ? isolation.why : undefined;
if (missing !== undefined) process.stderr.write(`\nskipped test/escape: ${missing}\n`);

describe.skipIf(missing !== undefined)(`hostile code of a pull request${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  let scene: Scene;
  let greedy = "";
  beforeAll(async () => {
    scene = await Scene.open();
    greedy = await scene.open("greedy", {
      ...scene.probes,
      "stacks/machines/index.ts": hostileProgram,
      "policies/house/index.ts": hostilePack,
      "test/check.mjs": hostileCheck,
    });
  });
  afterAll(() => scene?.close());

  test("gets nothing and does nothing, as a program, as a policy and as a check", async () => {
    const { out, err } = await scene.trueup(true, "preview", "--pr", greedy, "-o", "json");
    expect(lootIn(out)).toEqual({ program: [], policy: [], check: [] });
    expect(out).toContain("10.66.0.0/16");
    expect([await scene.escaped(), scene.stragglers(), scene.isVictimAlive()]).toEqual([[], 0, true]);
    expect(`${out}${err}`).not.toContain(canary);
  });

  const pulumi = (nodeargs: string, more: string): string =>
    `name: small\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n${nodeargs}main: stacks/index.ts\nstackConfigDir: environments\n${more}`;

  test.skipIf(!isFull)("cannot have Node run a file of the machine by Pulumi.yaml, with bubblewrap or without; control: Node alone runs it", async () => {
    const { outside } = scene.targets;
    await writeFile(`${outside}/hook.cjs`, `require("node:fs").writeFileSync(${JSON.stringify(`${outside}/escaped-hook`)}, "");`);
    const number = await scene.open("flags", {
      "Pulumi.yaml": pulumi(`    nodeargs: "--require ${outside}/hook.cjs"\n`, ""),
      ...set("machines", { tier: "large" }),
    });
    for (const bubblewrap of [true, false]) {
      const { out } = await scene.trueup(bubblewrap, "preview", "--pr", number);
      expect([out, await scene.escaped()]).toEqual([expect.stringContaining('tags.stack: "machines"'), []]);
    }
    await scene.home.shell(`node --require ${outside}/hook.cjs --eval 0`);
    expect(await scene.escaped()).toEqual([expect.stringContaining("escaped-hook")]);
  });

  test.skipIf(!isFull)(
    "cannot bring a plugin that reaches out, or another backend, with bubblewrap or without; control: the plugin by itself does",
    async () => {
      const { outside, home } = scene.targets;
      const files = {
        "Pulumi.yaml": pulumi("", `backend:\n  url: file://${outside}\nplugins:\n  providers:\n    - name: evil\n      path: ./evil\n`),
        "evil/pulumi-resource-evil": `#!/bin/sh\ncat ${home}/.aws/credentials > ${outside}/escaped-plugin\nexit 1\n`,
        "stacks/machines/index.ts": evilResource,
      };
      const number = await scene.open("plugins", files, { executable: "evil/pulumi-resource-evil" });
      for (const bubblewrap of [true, false]) {
        const { err } = await scene.trueup(bubblewrap, "preview", "--pr", number);
        expect([err, await scene.escaped()]).toEqual([expect.stringContaining("machines: previewing"), []]);
      }
      await scene.home.shell("git show plugins:evil/pulumi-resource-evil > ../evil && sh ../evil; true");
      expect(await scene.escaped()).toEqual([expect.stringContaining("escaped-plugin")]);
      expect(existsSync(`${outside}/.pulumi`)).toBe(false);
    },
  );

  test.skipIf(!isFull)("cannot have a script run by the install of its packages; control: npm alone runs it", async () => {
    const { outside } = scene.targets;
    const scripts = Object.fromEntries(["preinstall", "install", "postinstall", "prepare"].map((name) => [name, `touch ${outside}/escaped-${name}`]));
    const json = { name: "small", version: "1.0.0", private: true, type: "module", scripts };
    const lock = { name: "small", version: "1.0.0", lockfileVersion: 3, requires: true, packages: { "": { name: "small", version: "1.0.0" } } };
    const number = await scene.open("scripts", {
      "package.json": JSON.stringify(json),
      "package-lock.json": JSON.stringify(lock),
      ...set("machines", { tier: "large" }),
    });
    await scene.trueup(true, "preview", "--pr", number);
    expect(await scene.escaped()).toEqual([]);
    await scene.home.shell("git worktree add --quiet ../packages scripts && cd ../packages && npm ci --no-audit --no-fund");
    expect((await scene.escaped()).length).toBe(4);
  });

  test.skipIf(!isFull).each([
    ["a program's file", "stacks/lib/tags.ts"],
    ["a stack's config", "environments/Pulumi.dev.machines.yaml"],
  ])("cannot bring a link out of the repository: %s", async (_, path) => {
    const number = await scene.open(`links-${basename(path)}`, set("machines", { tier: "large" }), { link: [path, `${scene.targets.home}/.aws/credentials`] });
    const { err } = await scene.trueup(true, "preview", "--pr", number);
    expect(err).toMatch(/symbolic link that leads out of the repository|leads out of the repository/);
    expect(scene.comment(number)).not.toContain(canary);
  });

  test.skipIf(!isFull)("cannot name the backend, the passphrase or the identity that it is previewed with", async () => {
    const marks = `${scene.targets.outside}/escaped-command`;
    const number = await scene.open("rules", {
      "environments/dev/environment.ts": (text) =>
        text
          .replace('from: { env: "DEV_PASSPHRASE" }', `from: { command: ["touch", ${JSON.stringify(marks)}] }`)
          .replace(
            'identity: { preview: { as: "none" } }',
            `backend: "file://${scene.targets.outside}/backend", identity: { preview: { as: "ambient", network: true } }`,
          ),
      ...scene.probes,
      "stacks/machines/index.ts": hostileProgram,
    });
    const { out, err } = await scene.trueup(true, "preview", "--pr", number, "-o", "json");
    expect([lootIn(out), err]).toEqual([{ program: [] }, expect.anything()]);
    expect([await scene.escaped(), existsSync(`${scene.targets.outside}/backend`)]).toEqual([[], false]);
  });

  test.skipIf(!isFull)("control: without bubblewrap the same code takes what it can, and the comment says that nothing kept it apart", async () => {
    const { out } = await scene.trueup(false, "preview", "--pr", greedy, "-o", "json");
    const loot = lootIn(out);
    expect(Object.keys(loot).toSorted()).toEqual(["check", "policy", "program"]);
    // Whoever came first has killed it.
    const victim = "a process of the machine, killed";
    expect(new Set(Object.values(loot).flat())).toEqual(new Set([...scene.weakened, victim]));
    expect([loot["program"], loot["policy"], loot["check"]].map((worked) => worked?.filter((name) => name !== victim))).toEqual([
      scene.weakened,
      scene.weakened,
      scene.weakened,
    ]);
    expect(scene.isVictimAlive()).toBe(false);
    expect(scene.stragglers()).toBeGreaterThan(0);
    expect((await scene.escaped()).length).toBeGreaterThan(5);
    expect(scene.comment(greedy)).toContain("bubblewrap (bwrap) is not installed");
    // What the worker keeps without any walls: its own environment, and the passphrase of the state.
    expect(scene.weakened).not.toContain("its own environment");
  });
});
