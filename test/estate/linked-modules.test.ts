import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runChild, type ChildResult } from "../../src/base/process/index.ts";
import { appStack, baseStack, environmentFile, estateFiles } from "../bad-input/estate-files.ts";

const repository = join(import.meta.dirname, "../..");
const path = process.env["PATH"] ?? "/usr/bin:/bin";
let folder: string;

async function git(...args: string[]): Promise<void> {
  const who = ["-c", "user.name=Ann", "-c", "user.email=ann@acme.example", "-c", "core.hooksPath=/dev/null"];
  const ended = await runChild(["git", ...who, ...args], { cwd: join(folder, "estate"), env: { PATH: path, HOME: folder }, deadlineMs: 30_000 });
  if (ended.exitCode !== 0) throw new Error(ended.stderr);
}

/** trueup as it is started from the copy, in an estate beside it. */
function trueup(...args: string[]): Promise<ChildResult> {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const env = { PATH: path, HOME: folder, TMPDIR: folder, XDG_CACHE_HOME: cache };
  return runChild([process.execPath, join(folder, "trueup/bin/trueup.mjs"), ...args], { cwd: join(folder, "estate"), env, deadlineMs: 60_000 });
}

async function commit(files: Readonly<Record<string, string | null>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, "estate", name)), { recursive: true });
    await writeFile(join(folder, "estate", name), text ?? "");
  }
  await git("add", "--all");
  await git("commit", "--quiet", "-m", "An estate");
  await git("push", "--quiet", "origin", "HEAD:refs/heads/env/dev");
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "trueup-linked-"));
  for (const part of ["bin", "scripts", "src", "package.json", "tsconfig.json"])
    await cp(join(repository, part), join(folder, "trueup", part), { recursive: true });
  // Two links, one behind the other, as workspaces and container images have them.
  await symlink(join(repository, "node_modules"), join(folder, "modules"));
  await symlink("../modules", join(folder, "trueup/node_modules"));
  await mkdir(join(folder, "estate"));
  await git("init", "--quiet", "--bare", "--initial-branch=main", join(folder, "remote.git"));
  await git("init", "--quiet", "--initial-branch=main");
  await git("remote", "add", "origin", join(folder, "remote.git"));
  await writeFile(join(folder, "estate/.git/info/exclude"), "node_modules\n.trueup\n");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("trueup in a clone whose node_modules is a link to another folder", () => {
  it("evaluates environments", async () => {
    await commit(estateFiles);
    const ended = await trueup("stack", "list", "dev", "-o", "json");
    expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
    expect(JSON.parse(ended.stdout)).toMatchObject({ data: [{ name: "base" }, { name: "app" }] });
  });

  it("still lets an environment file see nothing but its commit", async () => {
    const escape = `import { readFileSync } from "node:fs";\nexport const seen = readFileSync("${join(folder, "trueup/node_modules/yaml/package.json")}", "utf8");\n`;
    await commit({ "environments/dev/environment.ts": `${escape}${environmentFile(`${baseStack}\n    ${appStack}`)}` });
    const ended = await trueup("stack", "list", "dev");
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toMatch(/^ENVIRONMENT_IMPURE: .*reads .*yaml\/package\.json/);
  });
});
