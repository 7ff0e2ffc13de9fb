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
  /** Asked after that: the program runs once it has answered, and never where it raises. Its process is there, and can be killed, all the while. Not with `stdin`. */
  readonly mayBegin?: () => Promise<void>;
  /** Told when the deadline has come, before anything is sent. */
  readonly onDeadline?: () => void;
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

/** Ends one child in stages; each stage waits for the one before. */
class Ending {
  why: ChildResult["endedBy"] = "itself";
  #isOver = false;
  readonly #session: number;
  readonly #graceMs: number;

  constructor(session: number, graceMs: number) {
    this.#session = session;
    this.#graceMs = graceMs;
  }

  /** The child has ended: whatever stage waits gives up. */
  over(): void {
    this.#isOver = true;
  }

  async softly(why: "deadline" | "cancel"): Promise<void> {
    if (this.#isOver || this.why !== "itself") return;
    this.why = why;
    // The leader alone: the engine passes an interrupt on to its plugins in its own order.
    process.kill(this.#session, "SIGINT");
    if (await this.#endsInTime()) return;
    signalSession(this.#session, "SIGTERM");
    if (await this.#endsInTime()) return;
    await killSession(this.#session);
  }

  async hard(): Promise<void> {
    if (this.#isOver) return;
    this.why = "cancel";
    await killSession(this.#session);
  }

  async #endsInTime(): Promise<boolean> {
    const until = performance.now() + this.#graceMs;
    while (!this.#isOver && performance.now() < until) await sleep(20);
    return this.#isOver;
  }
}

/** Binds deadline and both abort signals to an ending; returns how to unbind them. */
function watch(ending: Ending, options: ChildOptions): () => void {
  const timer = setTimeout(() => {
    options.onDeadline?.();
    void ending.softly("deadline").catch(() => undefined);
  }, options.deadlineMs);
  const onAbort = (): void => void ending.softly("cancel").catch(() => undefined);
  const onHard = (): void => void ending.hard();
  options.signal?.addEventListener("abort", onAbort, { once: true });
  options.hardSignal?.addEventListener("abort", onHard, { once: true });
  if (options.signal?.aborted === true) onAbort();
  if (options.hardSignal?.aborted === true) onHard();
  return () => {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
    options.hardSignal?.removeEventListener("abort", onHard);
  };
}

/** Becomes the program when a line comes; ends where none does. */
const held = ["/bin/sh", "-c", 'read -r line && exec "$0" "$@" </dev/null'] as const;

// What it answers is execa's own type, which its options decide.
function start(argv: readonly [string, ...string[]], options: ChildOptions) {
  const isHeld = options.mayBegin !== undefined;
  const [command, ...args] = isHeld ? [...held, ...argv] : argv;
  return execa(command, args, {
    cwd: options.cwd,
    env: { ...options.env },
    extendEnv: false,
    shell: false,
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
    stdin: options.stdin === undefined && !isHeld ? "ignore" : "pipe",
    ...(options.stdin === undefined ? {} : { input: options.stdin }),
  });
}

/** Whoever must be able to prove its death could not note it, or may not run it any more: then it must not live. */
async function announce(session: number, { onSession, mayBegin }: ChildOptions): Promise<void> {
  try {
    onSession?.(session);
    await mayBegin?.();
  } catch (error) {
    await killSession(session);
    throw error;
  }
}

const usualGraceMs = 10_000;
const usualOutputCap = 4 * 1024 * 1024;

/**
 * Runs one program from an argv array in its own session, with its environment built from nothing.
 * Always ends: at the deadline or on abort it gets INT, then TERM, then KILL to the whole session; when it ends by itself, stragglers of
 * its session are killed too. Never throws for an exit code; throws what spawn throws (ENOENT).
 */
export async function runChild(argv: readonly [string, ...string[]], options: ChildOptions): Promise<ChildResult> {
  const started = performance.now();
  const [command] = argv;
  const child = start(argv, options);
  const session = child.pid;
  const out = collector(options.outputCap ?? usualOutputCap, options.onStdout);
  const err = collector(options.outputCap ?? usualOutputCap, options.onStderr);
  child.stdout.on("data", (chunk: Buffer) => out.take(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.take(chunk));
  if (session === undefined) throw (await child).cause ?? new Error(`cannot start ${command}`);
  await announce(session, options);
  // Stragglers hold the pipes open: they go as soon as the leader has ended, or the wait for its output would last as long as they do.
  child.nodeChildProcess.on("exit", () => void killSession(session));
  const ending = new Ending(session, options.graceMs ?? usualGraceMs);
  const unwatch = watch(ending, options);
  if (options.mayBegin !== undefined) child.nodeChildProcess.stdin?.on("error", () => undefined).end("\n");
  const result = await child;
  ending.over();
  unwatch();
  if (sessionMembers(session).length > 0) await killSession(session);
  return {
    exitCode: result.exitCode,
    signal: result.signal,
    stdout: out.text(),
    stderr: err.text(),
    dropped: out.dropped() + err.dropped(),
    endedBy: ending.why,
    durationMs: performance.now() - started,
  };
}
