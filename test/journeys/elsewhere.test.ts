import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { Home, engine, isFull, newHome } from "./estate.ts";
import { cloudLines, record, wholePicture } from "./evidence.ts";
import { single } from "./single.ts";

vi.setConfig({ testTimeout: 240_000 });

/** A second clone of the remote, on a disk that has nothing else: no state, no cloud, no journal, no mirror. */
async function secondClone(home: Home): Promise<Home> {
  const folder = join(home.folder, "elsewhere");
  const twin = new Home(folder);
  await home.git("clone", "--quiet", "--branch", "main", home.remote, twin.clone);
  return twin;
}

interface Answered {
  readonly status: Readonly<Record<string, unknown>>;
  readonly log: readonly string[];
}

/** What `status` and `log` answer there, and that they made no backend, cloud or journal of their own to find it out. */
async function asked(at: Home): Promise<Answered> {
  const [status, log] = [await at.run(["status", "dev", "-o", "json"]), await at.run(["log", "dev", "-o", "json"])];
  expect([status.exit, log.exit]).toEqual([0, 0]);
  const made = await readdir(join(at.clone, ".trueup"));
  expect(made.filter((name) => /^(state|cloud|backups)$/.test(name))).toEqual([]);
  const told = JSON.parse(log.out) as { readonly data: readonly { readonly sentence: string }[] };
  return { status: (JSON.parse(status.out) as { readonly data: Record<string, unknown> }).data, log: told.data.map(({ sentence }) => sentence) };
}

async function createBegun(home: Home): Promise<void> {
  for (const ends = performance.now() + 60_000; performance.now() < ends; await sleep(50))
    if ((await cloudLines(home)).some(({ op }) => op === "create")) return;
  throw new Error("no create began");
}

describe.skipIf(engine === undefined || !isFull)("on a second clone without any local file", () => {
  test("status and log say who is at work on what, also after that run was killed half-way, and then how it was ended", async () => {
    const home = await newHome(single(""));
    try {
      home.cloud.fault.add({ kind: "hang", op: "create" });
      let pid = 0;
      const applying = home.run(["apply", "dev"], { onPid: (id) => (pid = id) });
      await createBegun(home);
      const there = await secondClone(home);
      const head = (await home.git("rev-parse", "env/dev")).slice(0, 7);
      const run = (await record(home)).lease?.run ?? "";

      const during = await asked(there);
      expect(during.status).toMatchObject({ lease: { who: "ann", run }, stacks: [{ name: "machines", result: "applying", behind: true }] });
      expect(during.log[0]).toMatch(new RegExp(`^dev: applying ${head} to machines`));

      process.kill(pid, "SIGKILL");
      await applying;
      const before = await wholePicture(home);
      const broken = await asked(there);
      expect([broken.status["lease"], broken.status["stacks"], broken.log]).toMatchObject([{ run }, [{ name: "machines", result: "applying" }], during.log]);
      expect(await wholePicture(home)).toEqual(before);
      expect(existsSync(join(there.clone, ".trueup/state"))).toBe(false);

      home.cloud.fault.clear();
      expect((await home.run(["apply", "dev"])).exit).toBe(0);
      const after = await asked(there);
      expect([after.status["lease"], after.status["stacks"]]).toMatchObject([undefined, [{ name: "machines", result: "good", behind: false }]]);
      expect(after.log.slice(0, 3)).toEqual([
        expect.stringMatching(new RegExp(`^dev: ${head} applied to machines`)),
        expect.stringMatching(new RegExp(`^dev: applying ${head}`)),
        expect.stringMatching(new RegExp(`takes the lease over from run ${run}: process \\d+ on \\S+ is gone`)),
      ]);
    } finally {
      await home.remove();
    }
  });
});
