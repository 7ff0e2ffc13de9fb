import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Scrubber, Secret } from "../../base/secret/index.ts";
import { learnReferences, learnState, withheldBecause, type Lookup } from "./secrets.ts";

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "trueup-secrets-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const mark = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
const told = { ...mark, plaintext: '"hunter2-live"' };

/** A program in the engine's place that answers this export, and writes down that it was asked. */
async function lookup(exported: unknown): Promise<Lookup> {
  const cli = join(folder, "pulumi");
  await writeFile(join(folder, "export.json"), JSON.stringify(exported));
  await writeFile(cli, `#!/bin/sh\ncat '${join(folder, "export.json")}'\n`);
  await chmod(cli, 0o755);
  const site = {
    stack: "base",
    pulumiStack: "dev.base",
    directory: folder,
    repositoryRoot: folder,
    backend: "s3://states",
    passphrase: new Secret("sandbox"),
    variables: {},
    policyPacks: [],
    knownSecrets: [],
  };
  const copy = { project: "shop", directory: folder, config: join(folder, "c.yaml"), hasSecrets: false, remove: async () => undefined };
  return { settings: { cli, path: "/usr/bin:/bin", home: folder, tmp: folder, pulumiHome: folder }, site, copy };
}

const nested = (value: unknown, depth: number): unknown => (depth === 0 ? value : { inner: nested(value, depth - 1) });

describe("what is secret in a stack's state", () => {
  it.each([
    ["a secret that is decrypted", { outputs: { token: told } }, true],
    ["no secret", { outputs: { token: "plain" } }, true],
    ["a secret that is still encrypted", { outputs: { token: { ...mark, ciphertext: "v1:abc" } } }, false],
    ["one of two still encrypted", { outputs: { a: { ...mark, ciphertext: "v1:abc" }, token: told } }, false],
    ["a secret deeper than is looked", nested(told, 70), false],
    ["a secret whose own value is deeper than is looked", { token: { ...mark, plaintext: JSON.stringify(nested("hunter2-live", 70)) } }, false],
  ] as const)("with %s is known: %s → %s", async (_, exported, known) => {
    const scrubber = new Scrubber();
    expect(await learnState(await lookup(exported), scrubber)).toBe(known);
    const hasTold = JSON.stringify(exported).includes('"outputs":{') && JSON.stringify(exported).includes("hunter2-live");
    expect(scrubber.scrub("it is hunter2-live")).toBe(hasTold ? "it is [secret]" : "it is hunter2-live");
  });

  it("is looked up for a hundred stacks that are read, and the others are answered as not known", async () => {
    const names = Array.from({ length: 103 }, (_, n) => `organization/shop/s${n}`);
    const scrubber = new Scrubber();
    const unread = await learnReferences(await lookup({ outputs: { token: told } }), scrubber, names);
    expect([unread, scrubber.scrub("hunter2-live")]).toEqual([names.slice(100), "[secret]"]);
  });

  it("and not known is said with at most three names", () => {
    expect(withheldBecause([])).toBeUndefined();
    expect(withheldBecause(["a"])).toBe("withheld: the secrets of a could not be read, so nothing could be checked against them");
    expect(withheldBecause(["a", "b", "c", "d", "e"])).toContain("the secrets of a, b, c and 2 more could not be read");
  });
});
