import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../base/clock/index.ts";
import { thisMachine, type Machine } from "../../base/process/index.ts";
import { Scrubber } from "../../base/secret/index.ts";
import { testRemote, type TestRemote } from "../../adapters/git/test-remote.ts";
import { settingsOf } from "./settings.ts";
import { machineOf, watchedOf, type WatchedOptions } from "./watched.ts";

let folder: string;
let remote: TestRemote;
beforeEach(() => {
  folder = mkdtempSync(join(thisMachine().tmp, "trueup-watched-"));
  remote = testRemote();
});
afterEach(async () => {
  await remote.remove();
  rmSync(folder, { recursive: true, force: true });
});

function options(variables: Readonly<Record<string, string>> = {}): WatchedOptions {
  const machine: Machine = { ...thisMachine(), cache: join(folder, "cache"), variable: (name) => variables[name] };
  return { machine, clock: systemClock, directory: folder, scrubber: new Scrubber() };
}

const settings = (...repositories: readonly object[]): ReturnType<typeof settingsOf> => settingsOf({ repositories }, "here");
const first = (given: ReturnType<typeof settings>): (typeof given.repositories)[0] => given.repositories[0] ?? expect.unreachable();

describe("a repository that an agent is to watch", () => {
  test("is kept without files where it is given by its address, and polled there", async () => {
    const [watched] = watchedOf(settings({ at: remote.path, name: "estate", environments: ["dev"] }), options());
    const grounds = await watched?.open();
    expect([await grounds?.poll(), await grounds?.poll()]).toEqual([true, false]);
    expect(readFileSync(join(folder, "cache/agent/estate/.git/config"), "utf8")).toContain(remote.path);
    await grounds?.close();
  });

  test("that is empty, unknown or of a broken address is said to be", async () => {
    const problemOf = async (at: string): Promise<unknown> => {
      const [watched] = watchedOf(settings({ at, name: "estate", environments: ["dev"] }), options());
      const grounds = await watched?.open().catch((thrown: unknown) => thrown);
      if (grounds === undefined || !("poll" in (grounds as object))) return grounds;
      const { poll, standing, close } = grounds as Awaited<ReturnType<NonNullable<typeof watched>["open"]>>;
      const thrown = await poll()
        .then(() => standing("dev"))
        .catch((problem: unknown) => problem);
      await close();
      return thrown;
    };
    expect(await problemOf(remote.path)).toMatchObject({ code: "BRANCH_MISSING", what: expect.stringContaining("dev has no branch") });
    expect(await problemOf(join(folder, "nowhere.git"))).toMatchObject({ code: "REMOTE_UNREACHABLE" });
    expect(await problemOf("ext::sh -c true")).toMatchObject({ code: "CONFIG_INVALID" });
  });

  test("has its own forge and tokens, from variables and files, and nobody else's; all of them are blanked in logs", async () => {
    writeFileSync(join(folder, "token"), "from-a-file-1234\n");
    const given = options({
      TRUEUP_FORGE_REPOSITORY: "acme/first",
      GITHUB_TOKEN: "of-the-process",
      TRUEUP_GITHUB_APP_KEY: "key-of-the-process",
      OTHER: "from-a-variable",
    });
    const forge = { kind: "github", api: "https://git.example/api", repository: "acme/second", token: { file: "token" } };
    const one = await machineOf(first(settings({ at: "/x", environments: ["dev"], forge, git: { token: { env: "OTHER" } } })), given, false);
    expect(
      ["TRUEUP_FORGE", "TRUEUP_FORGE_REPOSITORY", "TRUEUP_FORGE_TOKEN", "TRUEUP_GIT_TOKEN", "GITHUB_TOKEN", "TRUEUP_GITHUB_APP_KEY"].map((name) =>
        one.variable(name),
      ),
    ).toEqual(["github", "acme/second", "from-a-file-1234", "from-a-variable", undefined, undefined]);
    expect(given.scrubber.scrub("from-a-file-1234 from-a-variable")).toBe("[secret] [secret]");
    const plain = await machineOf(first(settings({ at: "/x", environments: ["dev"] })), given, false);
    expect([plain.variable("TRUEUP_FORGE_REPOSITORY"), plain.variable("GITHUB_TOKEN")]).toEqual([undefined, "of-the-process"]);
    const alone = await machineOf(first(settings({ at: "/x", environments: ["dev"] })), given, true);
    expect(alone.variable("TRUEUP_FORGE_REPOSITORY")).toBe("acme/first");
  });

  test("reads its token anew each time it is opened, and says which one is not there", async () => {
    const given = settings({ at: remote.path, name: "estate", environments: ["dev"], git: { token: { file: "token" } } });
    const [watched] = watchedOf(given, options());
    await expect(watched?.open()).rejects.toMatchObject({ code: "CONFIG_INVALID", what: "the file token is not there", on: "repository estate, git.token" });
    writeFileSync(join(folder, "token"), "\n");
    await expect(watched?.open()).rejects.toMatchObject({ what: "the file token is empty" });
    writeFileSync(join(folder, "token"), "there-now\n");
    await (await watched?.open())?.close();
  });
});
