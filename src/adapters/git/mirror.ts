import { randomBytes } from "node:crypto";
import { access, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Problem } from "../../base/problem/index.ts";
import type { Git } from "./git.ts";
import { askpassName, askpassScript } from "./surroundings.ts";
import { removeAbandoned } from "./unfinished.ts";

const oldestGit = [2, 38] as const;

/** CONFIG_INVALID when git is older than what `merge-tree --write-tree` and `cat-file -z` need. */
export async function checkGitVersion(git: Git): Promise<void> {
  const text = (await git.must(["version"])).trim();
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(text)?.slice(1) ?? []).map(Number);
  if (major > oldestGit[0] || (major === oldestGit[0] && minor >= oldestGit[1])) return;
  throw new Problem("CONFIG_INVALID", { what: `${text} is too old`, on: "this machine", todo: "Install git 2.38 or newer." });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * The private bare repository, made when absent. It is built beside its place and renamed into it, so that of two processes that make it
 * at once one wins and the other uses it; nobody ever sees half a mirror.
 */
export async function ensureMirror(git: Git): Promise<void> {
  if (await exists(join(git.mirror, askpassName))) {
    await removeAbandoned(git.mirror);
    // Fetches leave loose objects and small packs behind; git itself decides whether there is anything to do.
    await git.run(["-c", "gc.auto=6700", "-c", "gc.autoDetach=false", "gc", "--auto", "--quiet"], { deadlineMs: 120_000 });
    return;
  }
  await mkdir(dirname(git.mirror), { recursive: true });
  const made = `${git.mirror}.new-${process.pid}-${randomBytes(4).toString("hex")}`;
  try {
    await git.must(["init", "--quiet", "--bare", "--initial-branch=trueup-none", "--template=", "--", made], { env: { GIT_DIR: made } });
    await writeFile(join(made, askpassName), askpassScript, { mode: 0o700 });
    await rename(made, git.mirror);
  } catch (thrown) {
    if (!(await exists(join(git.mirror, askpassName)))) throw notAMirror(thrown);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

function notAMirror(thrown: unknown): unknown {
  const code = thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined;
  if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "ENOTDIR") return thrown;
  return new Problem("CONFIG_INVALID", {
    what: "the place for the private copy of the repository holds something else",
    on: "the cache directory",
    todo: "Move that directory away, or set another cache directory.",
    cause: thrown,
  });
}
