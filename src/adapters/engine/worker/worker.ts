import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../../../base/problem/index.ts";
import { killSession } from "../../../base/process/index.ts";
import { lineReader } from "./lines.ts";
import { said, type Beginning, type Ended, type Order, type Told } from "./order.ts";

const longestLine = 256 * 1024 * 1024;
const keptWords = 8_192;
const endWithinMs = 8_000;
/** Beyond its own deadline and its grace: a worker that says nothing then never will. */
const patienceMs = 30_000;

export interface Listening {
  readonly onEvent: (json: string) => void;
  readonly onDeadline: () => void;
  readonly signal: AbortSignal | undefined;
  readonly hardSignal: AbortSignal | undefined;
  readonly onSession: ((session: number) => void) | undefined;
}

interface Pending {
  readonly listening: Listening;
  readonly end: (ended: Ended) => void;
  readonly fail: (problem: Problem) => void;
}

function lost(why: string, detail: string): Problem {
  return new Problem("ENGINE_FAILED", {
    what: `the preview worker failed: ${why}`,
    on: "the worker that runs the pull request's code",
    todo: "Preview again; if it happens again, see whether the programs end processes that are not theirs.",
    detail,
  });
}

/** The process in which foreign code is previewed, from outside. Whatever it says is a stranger's word. */
export class PreviewWorker {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #words = "";
  #next = 1;
  #over: Problem | undefined;

  constructor(argv: readonly [string, ...string[]], at: { readonly cwd: string; readonly env: Readonly<Record<string, string>> }, beginning: Beginning) {
    const [command, ...args] = argv;
    const child = spawn(command, args, { cwd: at.cwd, env: { ...at.env }, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    const read = lineReader(longestLine, (line) => this.#take(line));
    child.stdout.on("data", (chunk: Buffer) => {
      try {
        read(chunk);
      } catch (error) {
        this.#fail(lost(error instanceof Error ? error.message : String(error), this.#words));
        void this.#kill();
      }
    });
    child.stderr.on("data", (chunk: Buffer) => (this.#words = (this.#words + chunk.toString("utf8")).slice(-keptWords)));
    child.stdin.on("error", () => undefined);
    child.once("error", (error) => this.#fail(lost(error.message, "")));
    child.once("close", (code, signal) => this.#fail(lost(`it ended with ${signal ?? code}`, this.#words)));
    child.stdin.write(`${JSON.stringify(beginning)}\n`);
    // Nothing waits for it: an engine that is never closed must not keep its process alive.
    child.unref();
  }

  /** One run. Rejects with ENGINE_FAILED when the worker is gone or does not answer in time. */
  async run(order: Order, listening: Listening): Promise<Ended> {
    if (this.#over !== undefined) throw this.#over;
    const id = this.#next++;
    if (this.#child.pid !== undefined) listening.onSession?.(this.#child.pid);
    const soft = (): void => this.#send({ kind: "cancel", id, hard: false });
    const hard = (): void => this.#send({ kind: "cancel", id, hard: true });
    const late = setTimeout(() => void this.#kill(), order.deadlineMs + 2 * order.graceMs + patienceMs);
    listening.signal?.addEventListener("abort", soft, { once: true });
    listening.hardSignal?.addEventListener("abort", hard, { once: true });
    try {
      const ended = new Promise<Ended>((end, fail) => this.#pending.set(id, { listening, end, fail }));
      this.#send({ kind: "run", id, order });
      if (listening.signal?.aborted === true) soft();
      return await ended;
    } finally {
      clearTimeout(late);
      listening.signal?.removeEventListener("abort", soft);
      listening.hardSignal?.removeEventListener("abort", hard);
      this.#pending.delete(id);
    }
  }

  /** Ends it and all that runs in it: at once behind walls, which all fall with it; else its satellites end their own processes first. */
  async stop(isWalled: boolean): Promise<void> {
    if (isWalled) return this.#kill();
    const gone = this.#child.exitCode === null && this.#child.signalCode === null ? once(this.#child, "exit") : Promise.resolve();
    this.#child.stdin?.end();
    const timer = new AbortController();
    await Promise.race([gone, sleep(endWithinMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
    await this.#kill();
  }

  async #kill(): Promise<void> {
    if (this.#child.pid !== undefined) await killSession(this.#child.pid);
  }

  #send(told: Told): void {
    if (this.#over === undefined) this.#child.stdin?.write(`${JSON.stringify(told)}\n`);
  }

  #fail(problem: Problem): void {
    this.#over ??= problem;
    for (const { fail } of this.#pending.values()) fail(problem);
  }

  #take(line: string): void {
    const read = said.parse(JSON.parse(line));
    const pending = this.#pending.get(read.id);
    if (pending === undefined) return;
    if (read.kind === "event") pending.listening.onEvent(read.json);
    else if (read.kind === "deadline") pending.listening.onDeadline();
    else if (read.kind === "failed") pending.fail(lost(read.why, this.#words));
    else pending.end(read);
  }
}
