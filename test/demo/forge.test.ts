import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { engine, isFull } from "../journeys/estate.ts";

const main = fileURLToPath(new URL("../../src/doors/cli/main.ts", import.meta.url));
const limitMs = 600_000;

interface Played {
  readonly exit: number | undefined;
  readonly text: string;
  readonly held: readonly string[];
  readonly broken: readonly string[];
}

describe("the demo at a forge", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "trueup-forge-demo-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const play = async (...args: readonly string[]): Promise<Played> => {
    const machine = thisMachine();
    const env = {
      PATH: machine.path,
      HOME: machine.home,
      TRUEUP_ENGINE: engine ?? "",
      NO_COLOR: "1",
      LC_ALL: "C.UTF-8",
      ...machine.variables(/^(XDG_CACHE_HOME|TMPDIR)$/),
    };
    const argv: [string, ...string[]] = [process.execPath, "--disable-warning=ExperimentalWarning", main, "demo", "--in", join(folder, args.join("")), ...args];
    const { exitCode, stdout, stderr } = await runChild(argv, { cwd: folder, env, deadlineMs: limitMs });
    const marked = (mark: string): string[] =>
      stdout
        .split("\n")
        .filter((line) => line.startsWith(`  ${mark} `))
        .map((line) => line.slice(4).replace(/ {2}\[.*$/, ""));
    return { exit: exitCode, text: `${stdout}\n${stderr}`, held: marked("✔"), broken: marked("✖") };
  };

  test("a host that there is none of and an act that this story has not are wrong usage", async () => {
    expect(await play("--forge", "sourceforge")).toMatchObject({ exit: 2, text: expect.stringContaining('no stand-in for "sourceforge"') as string });
    expect(await play("--forge", "github", "--leave-out", "bad-service")).toMatchObject({ exit: 2, text: expect.stringContaining("approval, fix") as string });
  });

  // Each takes minutes.
  describe.skipIf(engine === undefined || !isFull)("played", () => {
    test.each(["github", "gitlab"])("on %s, every assertion holds and it ends with 0", { timeout: limitMs }, async (host) => {
      const { exit, held, broken, text } = await play("--forge", host);
      if (broken.length > 0) console.error(text);
      expect([exit, broken]).toEqual([0, []]);
      expect(held.length).toBeGreaterThanOrEqual(15);
    });

    test.each([
      {
        leaveOut: "approval",
        sees: ["the apply told its result in the pull request", "and a deployment to dev that succeeded", "the ledger says by whose approval"],
      },
      { leaveOut: "fix", sees: ["the engine put back what was edited by hand", "the ledger tells of the repair"] },
    ])("without its act ($leaveOut), it notices and ends with 1", { timeout: limitMs }, async ({ leaveOut, sees }) => {
      const { exit, held, broken } = await play("--forge", "github", "--leave-out", leaveOut);
      expect(broken).toEqual(expect.arrayContaining(sees));
      // What the act has nothing to do with still holds.
      expect(held).toContain("two pushes made one preview comment, the same one edited");
      expect(exit).toBe(1);
    });
  });
});
