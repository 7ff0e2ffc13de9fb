import { execa } from "execa";
import { setTimeout as sleep } from "node:timers/promises";
import { killSession, sessionMembers, signalSession } from "./session.ts";

export interface ChildOptions {
  readonly cwd: string;
  /** The whole environment of the child; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
  /** INT is sent at the deadline or on abort; TERM after this, KILL of the whole session after this again. */
  readonly graceMs?: number;
  /** Bytes kept of each of stdout and stderr (the tail is dropped and counted). Default 4 MiB. */
  readonly outputCap?: number;
  readonly stdin?: string | Buffer;
  readonly signal?: AbortSignal;
  /** Second stage of a cancel: KILL at once. */
  readonly hardSignal?: AbortSignal;
  readonly onStdout?: (chunk: Buffer) => void;
  readonly onStderr?: (chunk: Buffer) => void;
  /** Told the session id as soon as the child runs, for whoever must be able to prove its death. */
  readonly onSession?: (session: number) => void;
}

export interface ChildResult {
  /** undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes dropped because of `outputCap`. */
  readonly dropped: number;
  readonly endedBy: "itself" | "deadline" | "cancel";
  readonly durationMs: number;
}

function collector(cap: number, tell: ((chunk: Buffer) => void) | undefined) {
  const chunks: Buffer[] = [];
  let size = 0;
  let dropped = 0;
  return {
    take(chunk: Buffer): void {
      tell?.(chunk);
      const room = cap - size;
      if (room > 0) chunks.push(chunk.subarray(0, room));
      size += Math.min(room, chunk.length);
      dropped += Math.max(0, chunk.length - room);
    },
    text: () => Buffer.concat(chunks).toString("utf8"),
    dropped: () => dropped,
  };
}

/**
 * Runs one program from an argv array in its own session, with its environment built from nothing.
 * Always ends: at the deadline or on abort it gets INT, then TERM, then KILL to the whole session; when it ends by itself, stragglers of
 * its session are killed too. Never throws for an exit code; throws what spawn throws (ENOENT).
 */
export async function runChild(argv: readonly [string, ...string[]], options: ChildOptions): Promise<ChildResult> {
  const started = performance.now();
  const [command, ...args] = argv;
  const child = execa(command, args, {
    cwd: options.cwd, env: { ...options.env }, extendEnv: false, shell: false, detached: true, cleanup: false,
    reject: false, buffer: false, stdin: options.stdin === undefined ? "ignore" : "pipe", ...(options.stdin === undefined ? {} : { input: options.stdin }),
  });
  const session = child.pid;
  if (session !== undefined) options.onSession?.(session);
  const cap = options.outputCap ?? 4 * 1024 * 1024;
  const out = collector(cap, options.onStdout);
  const err = collector(cap, options.onStderr);
  child.stdout.on("data", (chunk: Buffer) => out.take(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.take(chunk));

  // Stragglers hold the pipes open: they go as soon as the leader has ended, or the wait for its output would last as long as they do.
  child.nodeChildProcess.on("exit", () => {
    if (session !== undefined) void killSession(session);
  });
  let endedBy: ChildResult["endedBy"] = "itself";
  let done = false;
  const grace = options.graceMs ?? 10_000;
  const stop = async (why: "deadline" | "cancel"): Promise<void> => {
    if (done || endedBy !== "itself" || session === undefined) return;
    endedBy = why;
    process.kill(session, "SIGINT");
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const until = performance.now() + grace;
      while (!done && performance.now() < until) await sleep(20);
      if (done) return;
      if (signal === "SIGKILL") await killSession(session);
      else signalSession(session, signal);
    }
  };
  const timer = setTimeout(() => void stop("deadline").catch(() => undefined), options.deadlineMs);
  const onAbort = (): void => void stop("cancel").catch(() => undefined);
  const onHard = (): void => {
    if (session !== undefined && !done) {
      endedBy = "cancel";
      void killSession(session);
    }
  };
  options.signal?.addEventListener("abort", onAbort, { once: true });
  options.hardSignal?.addEventListener("abort", onHard, { once: true });
  if (options.signal?.aborted === true) onAbort();
  const result = await child;
  done = true;
  clearTimeout(timer);
  options.signal?.removeEventListener("abort", onAbort);
  options.hardSignal?.removeEventListener("abort", onHard);
  if (session !== undefined && sessionMembers(session).length > 0) await killSession(session);
  if (session === undefined || (result.exitCode === undefined && result.signal === undefined)) throw result.cause ?? result;
  return {
    exitCode: result.exitCode, signal: result.signal, stdout: out.text(), stderr: err.text(),
    dropped: out.dropped() + err.dropped(), endedBy, durationMs: performance.now() - started,
  };
}
