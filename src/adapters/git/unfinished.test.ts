import { chmodSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { thisMachine, type Machine } from "../../base/process/index.ts";
import { testRemote, type TestRemote } from "./test-remote.ts";

let remote: TestRemote;
beforeEach(() => {
  remote = testRemote();
});
afterEach(() => remote.remove());

/** A machine whose git begins a pack and then does as told, as git does that has no space or no time; `rest` is of the shell. */
function machineThat(rest: string): Pick<Machine, "path" | "home" | "variable"> {
  const { path, home, variable } = thisMachine();
  const folder = join(remote.folder, "bin");
  mkdirSync(folder);
  const begin = 'for word in "$@"; do if [ "$word" = fetch ]; then echo PACK >"$GIT_DIR/objects/pack/tmp_pack_a1b2c3"; ';
  writeFileSync(join(folder, "git"), `#!/bin/sh\n${begin}${rest}; fi; done\nPATH='${path}'\nexec git "$@"\n`);
  chmodSync(join(folder, "git"), 0o755);
  return { path: `${folder}${delimiter}${path}`, home, variable };
}
const packs = (mirror: string): readonly string[] => readdirSync(join(remote.folder, mirror, "objects/pack"));

test("a fetch that has no space left says so, and does not keep the disk full with what had come", async () => {
  const machine = machineThat("echo 'fatal: write error: No space left on device' >&2; exit 128");
  const repository = await remote.open("m", { machine });
  await expect(repository.fetch()).rejects.toMatchObject({ code: "DISK_FULL" });
  expect(packs("m")).toEqual([]);
});

test("a fetch that was coming but is not done in time says that, and how to give it more", async () => {
  const repository = await remote.open("m", { machine: machineThat("exec sleep 30"), deadlines: { fetchMs: 600 } });
  await expect(repository.fetch()).rejects.toMatchObject({
    code: "REMOTE_UNREACHABLE",
    what: "what the git remote sent was not complete within 1 s",
    todo: expect.stringContaining("TRUEUP_FETCH_DEADLINE"),
  });
  expect(packs("m")).toEqual([]);
});

test("a first fetch has the time of a first fetch also after one that was cut off and left something", async () => {
  const repository = await remote.open("m", { machine: machineThat("exec sleep 30"), deadlines: { networkMs: 200 } });
  writeFileSync(join(remote.folder, "m/objects/pack/tmp_pack_before"), "PACK");
  await expect(repository.fetch()).rejects.toMatchObject({ what: expect.stringContaining("within 2 s") });
});

test("what a process left that died over a fetch is removed when the mirror is opened again; what may still be written is not", async () => {
  await remote.open("m");
  const folder = join(remote.folder, "m/objects/pack");
  for (const name of ["tmp_pack_old", "tmp_pack_new"]) writeFileSync(join(folder, name), "PACK");
  const longAgo = Date.now() / 1000 - 2 * 3600;
  utimesSync(join(folder, "tmp_pack_old"), longAgo, longAgo);
  await remote.open("m");
  expect(packs("m")).toEqual(["tmp_pack_new"]);
});
