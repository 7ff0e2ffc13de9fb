import { setTimeout as sleep } from "node:timers/promises";
import { join, resolve } from "node:path";
import { readdir, stat } from "node:fs/promises";
import { Problem } from "../../base/problem/index.ts";
import { diskFull, isDiskFull, type Git } from "./git.ts";
import { hasLoneSurrogate, isSha, refInvalid, requireSha } from "./names.ts";
import type { Sha } from "./port.ts";
import { unreachable } from "./push.ts";
import { removeUnfinished, unfinishedPacks } from "./unfinished.ts";

/** How long a fetch of the branches may take, as a duration. Read where deadlines are; named here in what is said. */
export const fetchVariable = "TRUEUP_FETCH_DEADLINE";

const quiet = ["--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-maintenance"];
const tries = 4;

/** Milliseconds. */
export interface FetchDeadlines {
  readonly firstMs: number;
  readonly laterMs: number;
}

/** Whether no fetch of the branches has ended yet, whatever one that was cut off has left. */
async function isFirst(mirror: string): Promise<boolean> {
  if ((await stat(join(mirror, "packed-refs")).catch(() => undefined)) !== undefined) return false;
  return (await readdir(join(mirror, "refs", "heads")).catch(() => [])).length === 0;
}

/** Brings all branches of the remote. Tried again a few times: two processes that fetch into one mirror collide on a ref now and then. */
export async function fetchAll(git: Git, { firstMs, laterMs }: FetchDeadlines): Promise<void> {
  // The first fetch brings the whole history; what stalls is ended long before by git and ssh themselves.
  const deadlineMs = (await isFirst(git.mirror)) ? firstMs : laterMs;
  let said = "";
  for (let attempt = 1; attempt <= tries; attempt++) {
    const before = await unfinishedPacks(git.mirror);
    const result = await git.run(["fetch", "--prune", "--force", ...quiet, "--", "origin"], { deadlineMs });
    if (result.exitCode === 0) return;
    const hadBegun = await removeUnfinished(git.mirror, before);
    if (result.endedBy === "deadline" && hadBegun) throw tooSlow(git.remote, deadlineMs, result.stderr.trim());
    said = result.endedBy === "deadline" ? `no answer within ${deadlineMs} ms; ${result.stderr.trim()}` : result.stderr.trim();
    if (result.endedBy !== "itself") break;
    if (isDiskFull(said)) throw diskFull(git.remote, said);
    if (attempt < tries) await sleep(40 * attempt * (0.5 + Math.random()));
  }
  throw unreachable(git.remote, said);
}

/** It was coming, but not fast enough: nothing is wrong with the address or the sign-in. */
function tooSlow(remote: string, deadlineMs: number, said: string): Problem {
  return new Problem("REMOTE_UNREACHABLE", {
    what: `what the git remote sent was not complete within ${Math.round(deadlineMs / 1000)} s`,
    on: remote,
    todo: `Give it more time (${fetchVariable}=2h), or see what makes the repository large or the network slow. What had come was removed.`,
    detail: said,
    retry: { afterMs: 60_000 },
  });
}

/** Every branch of the remote with its commit, as one text. Nothing is fetched. */
export async function remoteHeads(git: Git, deadlineMs: number): Promise<string> {
  const result = await git.run(["ls-remote", "--heads", "--", "origin"], { deadlineMs });
  if (result.exitCode === 0 && result.dropped === 0) return result.stdout;
  throw unreachable(git.remote, result.endedBy === "deadline" ? `no answer within ${deadlineMs} ms` : result.stderr.trim());
}

/** The branch that HEAD of the remote names. */
export async function remoteDefault(git: Git, deadlineMs: number): Promise<string | undefined> {
  const result = await git.run(["ls-remote", "--symref", "--", "origin", "HEAD"], { deadlineMs });
  if (result.exitCode !== 0) throw unreachable(git.remote, result.endedBy === "deadline" ? `no answer within ${deadlineMs} ms` : result.stderr.trim());
  return /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(result.stdout)?.[1];
}

const pullRequestHead = /^refs\/(pull|merge-requests)\/[1-9]\d{0,9}\/head$/;

/** Brings one ref that is no branch under a name of the mirror's own, where pruning branches does not reach it. */
export async function fetchOne(git: Git, ref: string, deadlineMs: number): Promise<Sha> {
  if (!pullRequestHead.test(ref)) throw refInvalid(ref, "it is no head of a pull request");
  const kept = `refs/trueup/${ref.slice("refs/".length)}`;
  const result = await git.run(["fetch", "--force", ...quiet, "--", "origin", `+${ref}:${kept}`], { deadlineMs });
  if (result.exitCode === 0) return requireSha((await git.must(["rev-parse", "--verify", "--end-of-options", kept])).trim());
  if (/couldn't find remote ref/i.test(result.stderr)) throw refInvalid(ref, "the remote has no such pull request");
  throw unreachable(git.remote, result.endedBy === "deadline" ? `no answer within ${deadlineMs} ms` : result.stderr.trim());
}

const unreadableRevision = /[\u0000-\u0020\u007f]/;

/**
 * The commit that a person's words name in a repository (`HEAD`, a branch, a short id, `HEAD~2`), or REF_INVALID. The words go to
 * `cat-file --batch-check` by stdin: they cannot be taken for an option, and nothing but an id comes back.
 */
export async function resolveIn(git: Git, words: string, gitDir: string): Promise<Sha> {
  if (words === "" || words.length > 250 || words.startsWith("-") || unreadableRevision.test(words) || hasLoneSurrogate(words))
    throw refInvalid(words, "git allows no such name");
  const asked = isSha(words) ? [words] : [`refs/heads/${words}`, words];
  const result = await git.run(["cat-file", "--batch-check=%(objectname) %(objecttype)"], {
    stdin: asked.map((one) => `${one}^{commit}\n`).join(""),
    env: { GIT_DIR: gitDir },
  });
  if (result.exitCode !== 0) throw refInvalid(words, "the repository cannot be read");
  for (const line of result.stdout.split("\n")) {
    const [sha = "", type] = line.split(" ");
    if (type === "commit" && isSha(sha)) return sha;
  }
  throw refInvalid(words, "nothing has that name");
}

async function gitDirOf(clone: string): Promise<string> {
  const inside = join(resolve(clone), ".git");
  const found = await stat(inside).catch(() => undefined);
  return found === undefined ? resolve(clone) : inside;
}

/** Brings one commit of a clone on this machine into the mirror, under no ref. */
export async function fetchFromClone(git: Git, { clone, words }: { readonly clone: string; readonly words: string }, deadlineMs: number): Promise<Sha> {
  const gitDir = await gitDirOf(clone);
  // Given as GIT_DIR, so that the clone's path is in no argument.
  const sha = requireSha(await resolveIn(git, words, gitDir));
  const has = await git.run(["cat-file", "--batch-check"], { stdin: `${sha}\n` });
  if (has.stdout.startsWith(`${sha} commit`)) return sha;
  const index = git.env["GIT_CONFIG_COUNT"] ?? "0";
  const env = { GIT_CONFIG_COUNT: String(Number(index) + 1), [`GIT_CONFIG_KEY_${index}`]: "remote.clone.url", [`GIT_CONFIG_VALUE_${index}`]: resolve(clone) };
  const result = await git.run(["fetch", ...quiet, "--", "clone", sha], { deadlineMs, env });
  if (result.exitCode !== 0) throw unreachable("the local clone", result.stderr.trim());
  return sha;
}
