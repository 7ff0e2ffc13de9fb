import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runChild } from "../../base/process/index.ts";
import { launcherNames, writeLaunchers } from "./launchers.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "trueup launchers 'quoted'-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("launchers", () => {
  it("are executable, and pass their words on whatever the folders are called", async () => {
    const [, dynamic] = writeLaunchers(root, { node: "/bin/echo" });
    expect(statSync(dynamic ?? "").mode & 0o111).toBe(0o111);
    const run = await runChild([dynamic ?? "", "127.0.0.1:1", "two words"], { cwd: root, env: {}, deadlineMs: 5_000 });
    expect(run.stdout).toMatch(/program-host\/main\.ts dynamic-provider 127\.0\.0\.1:1 two words\n$/);
  });

  it("of the sandbox's providers are there only when there is a sandbox", () => {
    expect(writeLaunchers(root, { node: "/bin/echo" })).toHaveLength(2);
    expect(writeLaunchers(root, { node: "/bin/echo", sandbox: { store: `${root}/it's`, sdk: "/sdk" } })).toEqual(launcherNames.map((name) => join(root, name)));
  });
});
