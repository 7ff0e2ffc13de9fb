import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { thisMachine } from "../../base/process/index.ts";
import { besideChecks } from "./checks.ts";

let copy: string;
beforeEach(async () => {
  copy = await mkdtemp(join(tmpdir(), "trueup-checks-"));
});
afterEach(() => rm(copy, { recursive: true, force: true }));

const tree = { id: "", list: () => Promise.resolve([]), read: () => Promise.resolve(undefined), materialise: () => Promise.resolve() };
const ground = () => ({
  machine: thisMachine(),
  observe: () => undefined,
  programs: { whole: <T>(_: unknown, use: (directory: string) => Promise<T>) => use(copy) },
});
const sh = (name: string, text: string) => ({ name, run: ["sh", "-c", text] as [string, ...string[]], deadlineMs: 30_000 });

async function appears(file: string): Promise<void> {
  for (let tries = 0; tries < 500 && !existsSync(join(copy, file)); tries++) await sleep(20);
  if (!existsSync(join(copy, file))) throw new Error(`${file} did not appear`);
}
/** Says who it is, whole or not at all, then waits for longer than any test. */
const slow = sh("slow", "echo $$ > said; mv said pid; sleep 60; echo over");

async function isOver(): Promise<boolean> {
  const pid = Number(await readFile(join(copy, "pid"), "utf8"));
  // Nobody has the number 0: asked of it, the system answers for this very process.
  expect(pid).toBeGreaterThan(0);
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

describe("checks beside the previews", () => {
  it("run while the previews do: each waits for a word of the other", async () => {
    const check = sh("meets", "touch here; while ! test -f there; do sleep 0.05; done");
    const [worked, results] = await besideChecks(ground(), { checks: [check], tree }, async () => {
      await appears("here");
      await writeFile(join(copy, "there"), "");
      return "worked";
    });
    expect([worked, results]).toEqual(["worked", [{ name: "meets", passed: true, says: "exit 0" }]]);
  });

  it("end before the failure of the previews is told", async () => {
    const failing = besideChecks(ground(), { checks: [slow, sh("next", "touch next")], tree }, async () => {
      await appears("pid");
      throw new Error("no preview");
    });
    await expect(failing).rejects.toThrow("no preview");
    expect([await isOver(), existsSync(join(copy, "next"))]).toEqual([true, false]);
  });

  it("end on an abort, also when the previews are done; none is started after it", async () => {
    const cancel = new AbortController();
    const ending = besideChecks(ground(), { checks: [slow, sh("next", "touch next")], tree, signal: cancel.signal }, () => Promise.resolve("done"));
    await appears("pid");
    cancel.abort();
    expect(await ending).toEqual(["done", [{ name: "slow", passed: false, says: "cancel" }]]);
    expect([await isOver(), existsSync(join(copy, "next"))]).toEqual([true, false]);
  });

  it("raise what kept them from starting", async () => {
    const broken = { ...ground(), programs: { whole: () => Promise.reject(new Error("no room for the copy")) } };
    await expect(besideChecks(broken, { checks: [slow], tree }, () => sleep(50))).rejects.toThrow("no room for the copy");
  });

  it.each([
    [
      "a file and its line before anything else",
      "echo 'a/b.ts(3,14): error TS2322: wrong'; echo '  and why'; exit 2",
      "exit 2: a/b.ts(3,14): error TS2322: wrong",
    ],
    ["the first of several places", "echo start; echo 'x.go:7: bad'; echo 'y.go:9:1 worse'; exit 1", "exit 1: x.go:7: bad"],
    ["else the last line, of either stream", "echo one; echo 'at f (x.ts:3:1)'; echo two >&2; exit 1", "exit 1: two"],
    ["else how it ended", "exit 4", "exit 4"],
  ])("say %s", async (_, text, says) => {
    const [, results] = await besideChecks(ground(), { checks: [sh("types", text)], tree }, () => Promise.resolve());
    expect(results).toEqual([{ name: "types", passed: false, says }]);
  });
});
