import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { engine, isFull } from "../journeys/estate.ts";

const main = fileURLToPath(new URL("../../src/doors/cli/main.ts", import.meta.url));
const limitMs = 400_000;

interface Played {
  readonly exit: number | undefined;
  readonly text: string;
  readonly held: readonly string[];
  readonly broken: readonly string[];
}

/** Plays the demo by its command. The first three acts, in which all goes well, are played once; each telling goes on from a copy. */
async function play(folder: string, leaveOut?: string): Promise<Played> {
  const machine = thisMachine();
  const argv: [string, ...string[]] = [
    process.execPath,
    "--disable-warning=ExperimentalWarning",
    main,
    "demo",
    "--in",
    join(folder, leaveOut ?? "whole"),
    "--opening",
    join(folder, "opening"),
  ];
  const env = {
    PATH: machine.path,
    HOME: machine.home,
    TRUEUP_ENGINE: engine ?? "",
    NO_COLOR: "1",
    LC_ALL: "C.UTF-8",
    ...machine.variables(/^(XDG_CACHE_HOME|TMPDIR)$/),
  };
  const { exitCode, stdout, stderr } = await runChild([...argv, ...(leaveOut === undefined ? [] : ["--leave-out", leaveOut])], {
    cwd: folder,
    env,
    deadlineMs: limitMs,
  });
  const marked = (mark: string): string[] =>
    stdout
      .split("\n")
      .filter((line) => line.startsWith(`  ${mark} `))
      .map((line) => line.slice(4).replace(/ {2}\[.*$/, ""));
  return { exit: exitCode, text: `${stdout}\n${stderr}`, held: marked("✔"), broken: marked("✖") };
}

/** What must be seen when an act is played wrongly: at least this. */
const mutations = [
  { leaveOut: "tamper", sees: "somebody changed the Deployment by hand" },
  { leaveOut: "fix", sees: "the ledger tells of the repair" },
  { leaveOut: "kill", sees: "the next run took the dead one's lease over, and the ledger tells it" },
  { leaveOut: "bad-service", sees: "the bad commit touched nothing in the cloud" },
  { leaveOut: "healthy", sees: "the app that never became healthy ended the apply with 14, and its commit is nowhere live" },
  { leaveOut: "rebuild", sees: "the rebuild made each of them again, and none twice" },
];
describe.skipIf(engine === undefined)("the demo", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "trueup-demo-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  // The gate plays it as the command that it is.
  test.skipIf(!isFull)("played whole, every assertion holds and it ends with 0", { timeout: limitMs }, async () => {
    const { exit, held, broken, text } = await play(folder);
    if (broken.length > 0) console.error(text);
    expect(broken).toEqual([]);
    expect(held.length).toBeGreaterThanOrEqual(27);
    expect(text).toMatch(/dev: rebuilt 8 stacks in \d+ waves in \d[\s\S]*From the command to the last verify check: \d+\.\d s\./);
    expect(text).toMatch(/From the death on: the environment was in work again after \d+\.\d s, and done after \d+\.\d s\./);
    expect(exit).toBe(0);
    expect(text).toContain("Break it yourself:");
  });

  test("ended by Ctrl-C it plays nothing more, ends with 8 and leaves no process behind", { timeout: limitMs }, async () => {
    const machine = thisMachine();
    const place = join(folder, "ended");
    let said = "";
    const stop = new AbortController();
    const onStdout = (chunk: Buffer): void => {
      said += chunk.toString("utf8");
      if (said.includes("$ trueup apply dev")) stop.abort();
    };
    const env = { PATH: machine.path, HOME: machine.home, TRUEUP_ENGINE: engine ?? "", NO_COLOR: "1", LC_ALL: "C.UTF-8" };
    const argv: [string, ...string[]] = [process.execPath, "--disable-warning=ExperimentalWarning", main, "demo", "--in", place];
    const { exitCode, stderr } = await runChild(argv, { cwd: folder, env, deadlineMs: limitMs, graceMs: 60_000, signal: stop.signal, onStdout });
    expect([exitCode, stderr]).toEqual([8, expect.stringContaining("CANCELLED: the demo was ended")]);
    expect(said).not.toContain("Act 2");
    const living = await runChild(["ps", "-eo", "args"], { cwd: folder, env, deadlineMs: 10_000 });
    expect(living.stdout.split("\n").filter((line) => line.includes(place))).toEqual([]);
  });

  test.skipIf(!isFull).each(mutations)(
    "played without or with a wrong act ($leaveOut), it notices and ends with 1",
    { timeout: limitMs },
    async ({ leaveOut, sees }) => {
      const { exit, held, broken, text } = await play(folder, leaveOut);
      if (!broken.includes(sees)) console.error(text);
      expect(broken).toContain(sees);
      // What the mutation has nothing to do with still holds: it is not the demo that is broken.
      expect(held.length).toBeGreaterThanOrEqual(8);
      expect(exit).toBe(1);
    },
  );
});
