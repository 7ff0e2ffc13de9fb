import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../../base/problem/index.ts";
import { killSession, sessionMembers } from "../../base/process/index.ts";

const startWithinMs = 30_000;
const endWithinMs = 3_000;
const keptWords = 8_192;

export interface Satellite {
  /** The first line it printed, parsed from JSON. */
  readonly hello: unknown;
  /** False as soon as it has ended by itself. */
  readonly alive: () => boolean;
  /** Ends it by closing its stdin, then by force; resolves when nothing of its session lives. */
  readonly stop: () => Promise<void>;
}

function helloOf(child: ChildProcess, name: string, words: () => string): Promise<unknown> {
  const failed = (why: string): Problem =>
    new Problem("ENGINE_FAILED", {
      what: `the ${name} did not start: ${why}`,
      on: "this machine",
      todo: "Run again with --debug; check the Node version (node --version).",
      detail: words(),
    });
  return new Promise<unknown>((resolve, reject) => {
    const timer = setTimeout(() => reject(failed(`it said nothing for ${startWithinMs / 1000} s`)), startWithinMs);
    child.once("error", (error) => reject(failed(error.message)));
    child.once("exit", (code, signal) => reject(failed(`it ended with ${signal ?? code}`)));
    if (child.stdout === null) return;
    const lines = createInterface({ input: child.stdout });
    lines.once("line", (line) => {
      clearTimeout(timer);
      try {
        resolve(JSON.parse(line));
      } catch {
        reject(failed("its first line is not JSON"));
      }
    });
  });
}

/** Starts one of our own servers in its own session. It lives until its stdin closes, so it ends with this process even when that is killed. */
export async function startSatellite(
  name: string,
  argv: readonly [string, ...string[]],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<Satellite> {
  const [command, ...args] = argv;
  const child = spawn(command, args, { cwd: options.cwd, env: { ...options.env }, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  const session = child.pid;
  let words = "";
  child.stderr.on("data", (chunk: Buffer) => {
    words = (words + chunk.toString("utf8")).slice(-keptWords);
  });
  child.stdin.on("error", () => undefined);
  const stop = async (): Promise<void> => {
    child.stdin.end();
    const gone = child.exitCode === null && child.signalCode === null ? once(child, "exit") : Promise.resolve();
    const timer = new AbortController();
    await Promise.race([gone, sleep(endWithinMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
    if (session !== undefined && sessionMembers(session).length > 0) await killSession(session);
  };
  try {
    const hello = await helloOf(child, name, () => words);
    child.stdout.resume();
    // Nothing waits for it: an Engine that is never closed must not keep its process alive.
    child.unref();
    return { hello, alive: () => child.exitCode === null && child.signalCode === null, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
