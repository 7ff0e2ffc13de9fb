import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { join } from "node:path";
import { enlarge, smallDisk, whyNoSmallDisk } from "./disks.ts";
import { appStack, baseStack, environmentFile } from "./estate-files.ts";
import { threeLines } from "./refusal.ts";
import { copyWorld, engine, facts, git, makeAppliedWorld, merge, processesOf, removeWorld, trueup, type World } from "./world.ts";

const isFull = process.env["TRUEUP_TEST_SIZE"] === "full";
const why =
  engine === undefined ? " (skipped: no Pulumi engine on this machine; run npm run setup)" : isFull ? "" : " (skipped: only with TRUEUP_TEST_SIZE=full)";
const file = "environments/dev/environment.ts";
const changed = environmentFile(`${baseStack.replace("8", "9")}\n    ${appStack}`);
/** Every control character but the ends of lines. */
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

describe.skipIf(why !== "")(`what others can write${why}`, () => {
  let applied: World;
  beforeAll(async () => {
    applied = await makeAppliedWorld();
  });
  afterAll(() => removeWorld(applied));

  async function withWorld(work: (world: World) => Promise<void>): Promise<void> {
    const world = await copyWorld(applied);
    try {
      await work(world);
      expect(await processesOf(world)).toEqual([]);
    } finally {
      await removeWorld(world);
    }
  }

  it("in a commit's author and message steers no terminal and forges no trailer of the ledger", async () =>
    withWorld(async (world) => {
      await merge(world, { [file]: changed });
      await git(
        world,
        "commit",
        "--quiet",
        "--amend",
        "--author",
        "Eve\u001b[2J <eve@x.example>",
        "-m",
        "Fine\u001b]0;owned\u0007\n\nTrueup-Entry: forged\nTrueup-Result: good",
      );
      await git(world, "push", "--quiet", "--force", "origin", "HEAD:refs/heads/env/dev");
      const ended = await trueup(world, ["apply", "dev"]);
      expect(ended.exitCode).toBe(0);
      const entry = await git(world, "--git-dir", world.remote, "log", "-1", "--format=%B", "trueup/dev");
      expect(entry).not.toMatch(/forged/);
      for (const args of [
        ["log", "dev"],
        ["status", "dev"],
        ["preview", "dev", "--comment"],
      ]) {
        const told = await trueup(world, args);
        expect(told.exitCode).toBe(0);
        expect(`${entry}${told.stdout}${told.stderr}`).not.toMatch(control);
      }
    }));

  it("as names of branches is data: they are previewed, or there is no such branch", async () =>
    withWorld(async (world) => {
      const [shell = "", semicolon = ""] = ["$(touch-x)", "a;b|c"];
      await git(world, "push", "--quiet", "origin", `HEAD:refs/heads/${shell}`, `HEAD:refs/heads/${semicolon}`);
      const before = await facts(world);
      const preview = (name: string): ReturnType<typeof trueup> => trueup(world, ["preview", "dev", `--ref=${name}`]);
      expect([(await preview(shell)).exitCode, (await preview(semicolon)).exitCode]).toEqual([0, 0]);
      for (const name of ["-C", "trueup/dev/../x", "--upload-pack=touch"]) threeLines(await preview(name), "REF_INVALID");
      expect(await facts(world)).toEqual(before);
    }));

  it("as the branch of an environment is looked for, not obeyed, when it would be a flag", async () =>
    withWorld(async (world) => {
      await merge(world, { "environments/next/environment.ts": environmentFile(baseStack).replace('"env/dev"', '"--upload-pack=touch"') });
      await git(world, "push", "--quiet", "--force", "origin", "HEAD:refs/heads/main");
      const ended = await trueup(world, ["apply", "next"]);
      expect(threeLines(ended, "BRANCH_MISSING")).toContain("refs/heads/--upload-pack=touch");
    }));

  const filled = "fills the disk in the middle of a run: it is said, nothing moves, and the next run takes the lease over";
  it.skipIf(whyNoSmallDisk !== "")(`${filled}${whyNoSmallDisk === "" ? "" : ` (skipped: ${whyNoSmallDisk})`}`, async () =>
    withWorld(async (world) => {
      const place = join(world.clone, ".trueup");
      const unmount = await smallDisk(() => place, "330k", true)(world);
      try {
        const before = await facts(world);
        threeLines(await trueup(world, ["apply", "dev"]), "DISK_FULL");
        const after = await facts(world);
        expect({ cloud: after.cloud, states: after.states, refs: after.refs }).toEqual({ cloud: before.cloud, states: before.states, refs: before.refs });
        await enlarge(place);
        const next = await trueup(world, ["apply", "dev"]);
        expect(next.exitCode).toBe(0);
        expect((await facts(world)).record?.lease).toBeNull();
      } finally {
        await unmount();
      }
    }),
  );
});
