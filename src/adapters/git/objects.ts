import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { Problem } from "../../base/problem/index.ts";
import { killSession } from "../../base/process/index.ts";
import { gitMissing, type Git } from "./git.ts";

export interface GitObject {
  readonly sha: string;
  readonly type: string;
  readonly data: Buffer;
}

interface Waiting {
  readonly name: string;
  readonly resolve: (object: GitObject | undefined) => void;
  readonly reject: (problem: Problem) => void;
  readonly timer: NodeJS.Timeout;
  readonly large: TakeLarge | undefined;
}

/** Takes a large object piece by piece, as it comes. Must not throw. */
export type TakeLarge = (piece: Buffer) => void;

/** Of what is taken piece by piece: what is smaller comes at once. */
const largeBytes = 4 * 1024 * 1024;

export interface ObjectLimits {
  /** Without a sign of git while somebody waits. */
  readonly deadlineMs: number;
  /** Objects above this are refused, not read into memory. */
  readonly largestBytes: number;
}

/** Reads objects by one long-lived `git cat-file --batch`. Answers come in the order of the questions; it is started again when it died. */
export class ObjectReader {
  readonly #git: Git;
  readonly #limits: ObjectLimits;
  #child: ChildProcessWithoutNullStreams | undefined;
  #waiting: Waiting[] = [];
  #chunks: Buffer[] = [];
  #have = 0;
  #header: { readonly sha: string; readonly type: string; readonly size: number } | undefined;
  /** Bytes of a large object that were passed on already. */
  #passed = 0;

  constructor(git: Git, limits: ObjectLimits) {
    this.#git = git;
    this.#limits = limits;
  }

  /**
   * `name` is a 40-hex id or a checked full ref. undefined when there is no such object. With `large` no object is too large: one above 4 MiB is given to
   * it, and the answer's data is empty.
   */
  read(name: string, large?: TakeLarge): Promise<GitObject | undefined> {
    const child = this.#start();
    const answer = new Promise<GitObject | undefined>((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(`no answer within ${this.#limits.deadlineMs} ms`), this.#limits.deadlineMs);
      this.#waiting.push({ name, resolve, reject, timer, large });
      child.stdin.write(`${name}\0`);
    });
    // Of several reads at once one may fail and end the wait for all: those nobody waits for any more must not end the process when we close.
    answer.catch(() => undefined);
    return answer;
  }

  async close(): Promise<void> {
    const child = this.#child;
    this.#fail("closed");
    if (child?.pid !== undefined) await killSession(child.pid);
  }

  #start(): ChildProcessWithoutNullStreams {
    if (this.#child !== undefined) return this.#child;
    const child = spawn("git", ["cat-file", "--batch", "-z"], {
      cwd: "/",
      env: { ...this.#git.env },
      detached: true,
      shell: false,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString("utf8")).slice(0, 4096)));
    child.stdout.on("data", (chunk: Buffer) => {
      if (this.#child === child) this.#take(chunk);
    });
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => this.#child === child && this.#fail(error.message, gitMissing(error)));
    child.on("close", () => this.#child === child && this.#fail(`git cat-file ended: ${said}`));
    this.#child = child;
    return child;
  }

  /** Ends the process and everything that waits for it; the next read starts a new one. */
  #fail(detail: string, problem?: Problem): void {
    const child = this.#child;
    const waiting = this.#waiting;
    this.#child = this.#header = undefined;
    this.#waiting = [];
    this.#chunks = [];
    this.#have = this.#passed = 0;
    child?.kill("SIGKILL");
    for (const one of waiting) {
      clearTimeout(one.timer);
      one.reject(problem ?? new Problem("INTERNAL", { what: "git stopped answering", on: this.#git.remote, todo: "Run the same command again.", detail }));
    }
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#have += chunk.length;
    for (const { timer } of this.#waiting) timer.refresh();
    while (this.#waiting.length > 0 && (this.#header === undefined ? this.#takeHeader() : this.#takeBody(this.#header)));
  }

  #flat(): Buffer {
    const flat = this.#chunks.length === 1 ? (this.#chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#chunks);
    this.#chunks = [flat];
    return flat;
  }

  #keep(rest: Buffer): void {
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#have = rest.length;
  }

  #takeHeader(): boolean {
    if (this.#have === 0) return false;
    const flat = this.#flat();
    const end = flat.indexOf(0x0a);
    if (end < 0) return false;
    const line = flat.subarray(0, end).toString("utf8");
    this.#keep(flat.subarray(end + 1));
    const [sha = "", type = "", size = ""] = line.split(" ");
    if (!/^[0-9]+$/.test(size)) this.#answer(undefined);
    else this.#header = { sha, type, size: Number(size) };
    return true;
  }

  #takeBody(header: { readonly sha: string; readonly type: string; readonly size: number }): boolean {
    const large = this.#waiting[0]?.large;
    if (large !== undefined && header.size > largeBytes) return this.#passOn(header, large);
    if (header.size > this.#limits.largestBytes) {
      this.#refuseFirst(tooLarge(header, this.#limits.largestBytes));
      return false;
    }
    if (this.#have < header.size + 1) return false;
    const flat = this.#flat();
    this.#header = undefined;
    // A copy: a slice would keep every neighbour of a small object alive.
    const data = Buffer.from(flat.subarray(0, header.size));
    this.#keep(flat.subarray(header.size + 1));
    this.#answer({ sha: header.sha, type: header.type, data });
    return true;
  }

  /** Nothing of a large object stays here: many of them at once must not fill the memory. */
  #passOn(header: { readonly sha: string; readonly type: string; readonly size: number }, large: TakeLarge): boolean {
    const flat = this.#flat();
    const piece = flat.subarray(0, header.size - this.#passed);
    if (piece.length > 0) large(piece);
    this.#passed += piece.length;
    const rest = flat.subarray(piece.length);
    this.#keep(rest);
    // A line break ends it.
    if (this.#passed < header.size || rest.length === 0) return false;
    this.#keep(rest.subarray(1));
    this.#header = undefined;
    this.#passed = 0;
    this.#answer({ sha: header.sha, type: header.type, data: Buffer.alloc(0) });
    return true;
  }

  /** The rest of the answer is not worth reading: ends the process, and asks a new one for what others wait for. */
  #refuseFirst(problem: Problem): void {
    const [first, ...others] = this.#waiting;
    this.#waiting = first === undefined ? [] : [first];
    this.#fail(problem.what, problem);
    for (const other of others) {
      clearTimeout(other.timer);
      this.read(other.name, other.large).then(other.resolve, other.reject);
    }
  }

  #answer(object: GitObject | undefined): void {
    const first = this.#waiting.shift();
    if (first === undefined) return;
    clearTimeout(first.timer);
    first.resolve(object);
  }
}

function tooLarge(header: { readonly sha: string; readonly size: number }, cap: number): Problem {
  return new Problem("CONFIG_INVALID", {
    what: `a file of the repository has ${header.size} bytes; ${cap} are the limit`,
    on: `object ${header.sha}`,
    todo: "Keep large files out of what stacks read (git lfs, an artefact store).",
  });
}
