import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { officialHostFor, type ProgramHost } from "./language-host.ts";
import { locate, type Located } from "./locate.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "trueup-host-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function executable(folder: string, name: string, mode = 0o755): Promise<string> {
  await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, folder, name), '#!/bin/sh\necho "v3.259.0"\n', { mode });
  return join(root, folder, name);
}

/** A CLI of its own in `release`, looked for with `path` as PATH. */
const found = async (path = ""): Promise<Located> => locate({ given: await executable("release", "pulumi"), path, cache: root, home: root });
const official = "pulumi-language-nodejs";

describe("the official language host", () => {
  it("is found beside the CLI, also where the CLI is a link, and there before PATH", async () => {
    await executable("release", official);
    await executable("elsewhere", official);
    expect(await found(join(root, "elsewhere"))).toMatchObject({ version: "3.259.0", officialHost: join(root, "release") });
    await symlink(join(root, "release/pulumi"), join(root, "link"));
    expect((await locate({ given: join(root, "link"), path: "", cache: root, home: root })).officialHost).toBe(join(root, "release"));
  });

  it("is found on PATH, when it can be run", async () => {
    await executable("locked", official, 0o644);
    await executable("elsewhere", official);
    expect((await found(`${join(root, "locked")}:${join(root, "elsewhere")}`)).officialHost).toBe(join(root, "elsewhere"));
    expect((await found(join(root, "locked"))).officialHost).toBeUndefined();
  });

  const installed: readonly [ProgramHost, string, "official" | "ours"][] = [
    ["auto", "up", "official"],
    ["auto", "preview", "ours"],
    ["pulumi", "up", "official"],
    ["pulumi", "preview", "official"],
    ["trueup", "up", "ours"],
    ["trueup", "preview", "ours"],
  ];
  it.each(installed)("where it is installed, programHost %s and the command %s take %s", async (programHost, command, expected) => {
    await executable("release", official);
    expect(officialHostFor(programHost, { command, program: true }, await found())).toBe(expected === "official" ? join(root, "release") : undefined);
  });

  it("where it is not, ours stands in for it, but for who insists on it", async () => {
    const located = await found();
    const asked = (["auto", "trueup"] as const).flatMap((host) =>
      ["up", "preview"].map((command) => officialHostFor(host, { command, program: true }, located)),
    );
    expect(asked).toEqual([undefined, undefined, undefined, undefined]);
    for (const command of ["up", "preview"])
      expect(() => officialHostFor("pulumi", { command, program: true }, located)).toThrow(
        expect.objectContaining({ code: "ENGINE_MISSING", on: join(root, "release/pulumi") }),
      );
    expect(officialHostFor("pulumi", { command: "destroy", program: false }, located)).toBeUndefined();
  });
});
