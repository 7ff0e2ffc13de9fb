import type { Clock } from "../../base/clock/index.ts";
import { Problem } from "../../base/problem/index.ts";
import type { ChildResult } from "../../base/process/index.ts";
import type { Git } from "./git.ts";
import { requireBranchRef, requireSha } from "./names.ts";
import type { PushOutcome, Sha } from "./port.ts";

export interface PushedRow {
  /** " " fast-forward, "+" forced, "*" new, "-" deleted, "!" rejected, "=" up to date. */
  readonly flag: string;
  readonly ref: string;
  /** `[rejected] (stale info)`, `[remote rejected] (pre-receive hook declined)`, … */
  readonly summary: string;
}

/** The row of one ref in the output of `push --porcelain`. */
export function pushedRow(stdout: string, ref: string): PushedRow | undefined {
  for (const line of stdout.split("\n")) {
    const match = /^([ +\-*!=])\t(.*):([^\t]*)\t(.*)$/.exec(line);
    if (match !== null && match[3] === ref) return { flag: match[1] ?? "", ref, summary: match[4] ?? "" };
  }
  return undefined;
}

/** What git and hosts say when somebody else was faster; everything else that is rejected is asked about. */
const outrun =
  /stale info|fetch first|non-fast-forward|failed to update ref|failed to lock|cannot lock ref|incorrect old value|reference already exists|remote ref updated/i;

/** What a host answers that asks to come later, or that is not well: nothing was refused. */
const comesLater = /(returned error:|\bHTTP) (429|5\d\d)\b|internal server error|rate limit|too many requests|try again/i;

/** Whether a push that did not go passes when it is tried again, by what git and the host said of it. */
export function isPassingPush({ stdout, stderr }: Pick<ChildResult, "stdout" | "stderr">, ref: string): boolean {
  const row = pushedRow(stdout, ref);
  return row === undefined ? comesLater.test(stderr) : row.flag === "!" && comesLater.test(row.summary);
}

export type PushReading = "moved" | "lost" | "ask";

/** Reads a finished push. "up to date" is a loss: whoever put it there, it was not this push. */
export function readPush(result: Pick<ChildResult, "exitCode" | "stdout">, ref: string): PushReading {
  const row = pushedRow(result.stdout, ref);
  if (row === undefined) return "ask";
  if (row.flag === "=") return "lost";
  if (row.flag === "!") return outrun.test(row.summary) ? "lost" : "ask";
  return result.exitCode === 0 ? "moved" : "ask";
}

/** The remote's value of a ref now, or a reading of why it cannot be asked. */
async function remoteValue(
  git: Git,
  ref: string,
  deadlineMs: number,
): Promise<{ readonly reached: true; readonly sha: Sha | undefined } | { readonly reached: false; readonly said: string }> {
  const result = await git.run(["ls-remote", "--quiet", "--refs", "--", "origin", ref], { deadlineMs });
  if (result.exitCode !== 0) return { reached: false, said: result.stderr.trim() || `no answer within ${deadlineMs} ms` };
  const row = result.stdout.split("\n").find((line) => line.endsWith(`\t${ref}`));
  return { reached: true, sha: row?.slice(0, 40) };
}

/** How long a push that a host asks to come later with is tried again. Hosts count pushes by the minute: what is over the limit passes in the next one. */
export interface Patience {
  readonly clock: Pick<Clock, "monotonicMs" | "sleep">;
  /** All waiting of one push together, in milliseconds. */
  readonly waitMs: number;
}

const [firstPauseMs, longestPauseMs] = [2_000, 20_000];

interface Move {
  readonly ref: string;
  readonly old: Sha | undefined;
  readonly next: Sha;
}

/**
 * Moves one ref of the remote from `old` to `next`, only if it still is `old`. The caller has proved that this is a fast-forward. A host that asks to come
 * later (git does not tell by when) is asked again, with longer and longer pauses; one that cannot be reached at all is not.
 */
export async function pushRef(git: Git, move: Move, { clock, waitMs, deadlineMs }: Patience & { readonly deadlineMs: number }): Promise<PushOutcome> {
  const until = clock.monotonicMs() + waitMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    const outcome = await pushOnce(git, move, deadlineMs);
    if (outcome.kind !== "later") return outcome;
    if (clock.monotonicMs() + pauseMs > until) throw outcome.problem;
    await clock.sleep(pauseMs);
  }
}

async function pushOnce(git: Git, move: Move, deadlineMs: number): Promise<PushOutcome | { readonly kind: "later"; readonly problem: Problem }> {
  const ref = requireBranchRef(move.ref);
  const expected = move.old === undefined ? "" : requireSha(move.old);
  const args = [
    "push",
    "--porcelain",
    "--no-verify",
    "--no-follow-tags",
    "--recurse-submodules=no",
    `--force-with-lease=${ref}:${expected}`,
    "--",
    "origin",
    `${requireSha(move.next)}:${ref}`,
  ];
  const result = await git.run(args, { deadlineMs });
  const reading = readPush(result, ref);
  if (reading !== "ask") return { kind: reading };
  // A refusal, a broken connection, or a race told in words unknown to us: the ref itself says which.
  const now = await remoteValue(git, ref, Math.min(deadlineMs, 30_000));
  if (now.reached && now.sha !== move.old) return { kind: "lost" };
  if (isPassingPush(result, ref)) return { kind: "later", problem: unreachable(git.remote, result.stderr.trim()) };
  if (!now.reached) throw unreachable(git.remote, now.said);
  if (result.endedBy !== "itself") throw unreachable(git.remote, `the push had no answer within ${deadlineMs} ms: ${result.stderr.trim()}`);
  throw refused(git.remote, ref, result);
}

/** A push that sends nothing. What the client itself would reject has met a remote that lets it in: that is all that is asked. */
export async function tryPushRef(git: Git, move: { readonly ref: string; readonly next: Sha }, deadlineMs: number): Promise<void> {
  const ref = requireBranchRef(move.ref);
  const args = [
    "push",
    "--dry-run",
    "--porcelain",
    "--no-verify",
    "--no-follow-tags",
    "--recurse-submodules=no",
    "--",
    "origin",
    `${requireSha(move.next)}:${ref}`,
  ];
  const result = await git.run(args, { deadlineMs });
  if (result.exitCode === 0 || pushedRow(result.stdout, ref) !== undefined) return;
  const now = await remoteValue(git, ref, Math.min(deadlineMs, 30_000));
  const isRefused = now.reached && result.endedBy === "itself" && !isPassingPush(result, ref);
  throw isRefused ? refused(git.remote, ref, result) : unreachable(git.remote, result.stderr.trim());
}

function refused(remote: string, ref: string, result: ChildResult): Problem {
  const reason = /\(([^)]*)\)\s*$/.exec(pushedRow(result.stdout, ref)?.summary ?? "")?.[1];
  return new Problem("PUSH_REFUSED", {
    what: `the git remote refused the push to ${ref.slice("refs/heads/".length)}${reason === undefined ? "" : `: ${reason}`}`,
    on: `${remote} ${ref}`,
    todo: "Allow this account to push that branch (branch protection, hooks, token rights), then run the same command again. Nothing was changed.",
    detail: `${result.stdout.trim()}\n${result.stderr.trim()}`.trim(),
  });
}

export function unreachable(remote: string, said: string): Problem {
  return new Problem("REMOTE_UNREACHABLE", {
    what: "the git remote cannot be reached",
    on: remote,
    todo: "Check the address, the network and the sign-in, then run the same command again.",
    detail: said,
    retry: { afterMs: 10_000 },
  });
}
