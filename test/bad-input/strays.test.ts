import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { appStack, baseStack, environmentFile } from "./estate-files.ts";
import { threeLines } from "./refusal.ts";
import { copyWorld, engine, facts, makeAppliedWorld, merge, processesOf, removeWorld, trueup, type World } from "./world.ts";

const isFull = process.env["TRUEUP_TEST_SIZE"] === "full";
const why =
  engine === undefined ? " (skipped: no Pulumi engine on this machine; run npm run setup)" : isFull ? "" : " (skipped: only with TRUEUP_TEST_SIZE=full)";
const repository = join(import.meta.dirname, "../..");
const going = (how: string): Record<string, string> => ({ STRAY: how, NODE_OPTIONS: `--import=${join(import.meta.dirname, "stray.mjs")}` });

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly lines: readonly string[];
}

/** A command that needs no clone, started by the file itself or as a person starts it. */
async function version(how: string, program: "src/doors/cli/main.ts" | "bin/trueup.mjs"): Promise<Ended> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(repository, program), "version"], {
    cwd: "/",
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...going(how) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { code, signal, stdout, lines: stderr.split("\n").filter((line) => line !== "") };
}

describe("trueup that is interrupted before it has begun", () => {
  it("while its own modules are loaded says so and exits with 8", async () => {
    const ended = await version("interrupt", "src/doors/cli/main.ts");
    expect(ended).toMatchObject({ code: 8, stdout: "" });
    expect(ended.lines.slice(-3).join("\n")).toMatch(/^CANCELLED: \S.*\non trueup version\n\S/);
  });

  it("before it can listen at all is spoken for by whoever started it", async () => {
    const ended = await version("killed", "bin/trueup.mjs");
    expect(ended).toMatchObject({ code: 8, stdout: "" });
    expect(ended.lines.join("\n")).toMatch(/^CANCELLED: \S.*\non trueup version\n\S/);
  });
});

describe("trueup that waits for nothing that could ever come", () => {
  it("says so instead of ending as if it were done", async () => {
    const ended = await version("unsettled", "src/doors/cli/main.ts");
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.lines.join("\n")).toMatch(/^INTERNAL: \S.*\non trueup version\n\S/);
  });
});

describe.skipIf(why !== "")(`a failure inside trueup that nobody waits for, in the middle of an apply${why}`, () => {
  let applied: World;
  beforeAll(async () => {
    applied = await makeAppliedWorld();
  });
  afterAll(() => removeWorld(applied));

  it.each(["rejection", "exception"])("(%s) ends it cleanly: three lines, exit 1, no stack trace, the lease given back, nothing left running", async (how) => {
    const world = await copyWorld(applied);
    try {
      await merge(world, { "environments/dev/environment.ts": environmentFile(`${baseStack.replace("8", "9")}\n    ${appStack}`) });
      const ended = await trueup(world, ["apply", "dev"], { variables: going(how) });
      expect(threeLines(ended, "INTERNAL")).toMatch(/a stray that nobody caught/);
      const after = await facts(world);
      expect({ lease: after.record?.lease, locks: after.locks, running: await processesOf(world) }).toEqual({ lease: null, locks: 0, running: [] });
      expect((await trueup(world, ["apply", "dev"])).exitCode).toBe(0);
    } finally {
      await removeWorld(world);
    }
  });
});
