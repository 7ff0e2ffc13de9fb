import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../base/secret/index.ts";
import { callCli } from "./cli.ts";
import type { StackSite } from "./port.ts";

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "trueup-cli-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A program in the engine's place that says and does what a test wants: the real one cannot be made to hang on its own account. */
async function call(script: string, backend: string): Promise<unknown> {
  const cli = join(folder, "pulumi");
  await writeFile(cli, `#!/bin/sh\n${script}\n`);
  await chmod(cli, 0o755);
  const site: StackSite = {
    stack: "base",
    pulumiStack: "dev.base",
    directory: folder,
    repositoryRoot: folder,
    backend,
    passphrase: new Secret("sandbox"),
    variables: {},
    policyPacks: [],
    knownSecrets: [],
  };
  const settings = { cli, path: "/usr/bin:/bin", home: folder, tmp: folder, pulumiHome: folder };
  return callCli(settings, { site, args: ["stack", "export", "-s", "dev.base"], cwd: folder, deadlineMs: 1_000 }).catch((error: unknown) => error);
}

describe("a short command of the engine", () => {
  it("that does not end is told with its name, its stack and how long", async () => {
    expect(await call("sleep 60", "s3://states")).toMatchObject({
      code: "ENGINE_TIMEOUT",
      exitCode: 9,
      what: "the engine's `stack export` did not end within 1 s",
      on: "stack base (dev.base)",
    });
  });

  it("that says the backend's address shows nothing of a password, also where it is no URL", async () => {
    const backend = "postgres://ann:hunter22/x@db.example/states";
    const failed = await call(`echo 'error: parse "${backend}": invalid port ":hunter22" after host' >&2; exit 1`, backend);
    expect(failed).toMatchObject({ code: "ENGINE_FAILED", what: expect.stringContaining("invalid port") });
    const { what, todo, detail } = failed as { what: string; todo: string; detail: string };
    expect(`${what} ${todo} ${detail}`).not.toContain("hunter22");
    // Control: words about another address are left as they are.
    expect(await call(`echo 'error: parse "${backend}"' >&2; exit 1`, "s3://states")).toMatchObject({ what: expect.stringContaining("hunter22") });
  });
});
