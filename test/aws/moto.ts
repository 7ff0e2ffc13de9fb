import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runChild, thisMachine } from "../../src/base/process/index.ts";

const version = "5.2.3";
const installDeadlineMs = 300_000;
const startDeadlineMs = 60_000;

/** A local stand-in for S3, STS and EC2 that speaks AWS's own protocols. Its objects go with it. */
export interface Moto {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Where moto can be run from, or why it cannot. */
export type Installed = { readonly python: string; readonly missing?: undefined } | { readonly python?: undefined; readonly missing: string };

function tell(text: string): void {
  process.stderr.write(`moto ${version}: ${text}\n`);
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.slice(0, 300) ?? "";
}

/** One step of the setup with the whole environment of the caller: pip finds its registry, proxy and certificates there. Answers why it failed. */
async function fails(...argv: readonly [string, ...string[]]): Promise<string | undefined> {
  const env = thisMachine().variables(/./);
  try {
    const result = await runChild(argv, { cwd: "/", env, deadlineMs: installDeadlineMs });
    if (result.exitCode === 0) return undefined;
    return result.endedBy === "deadline" ? `no end within ${installDeadlineMs / 1000} s` : lastLine(result.stderr === "" ? result.stdout : result.stderr);
  } catch (error) {
    return error instanceof Error ? lastLine(error.message) : String(error);
  }
}

/**
 * Puts moto into a Python environment of its own in the user's cache, once for all clones. It is made beside its place and renamed, so that what is
 * there is whole; two that make it at once do double work and one wins.
 */
export async function installMoto(cache = thisMachine().cache): Promise<Installed> {
  const place = join(cache, "moto", version);
  const python = join(place, "bin", "python");
  if (existsSync(python)) return { python };
  const making = `${place}.${process.pid}`;
  await mkdir(dirname(place), { recursive: true });
  try {
    tell(`making a Python environment in ${place} (once; about a minute)`);
    const noPython = await fails("python3", "-m", "venv", making);
    if (noPython !== undefined) return { missing: `python3 -m venv does not work here (${noPython})` };
    tell("installing it from the Python package registry");
    const noPackage = await fails(join(making, "bin", "python"), "-m", "pip", "install", "--quiet", "--no-input", "--retries", "1", `moto[server]==${version}`);
    if (noPackage !== undefined) return { missing: `pip cannot install moto[server]==${version} (${noPackage})` };
    await rename(making, place).catch((error: unknown) => {
      if (!existsSync(python)) throw error;
    });
    tell("installed");
    return { python };
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

/** The server ends when its standard input does: with the process that started it, however that ended. */
const server = [
  "import os, sys, threading",
  "threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()",
  "from moto.server import main",
  "main(['-H', '127.0.0.1', '-p', '0'])",
].join("\n");

function address(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const late = setTimeout(() => reject(new Error(`moto did not start within ${startDeadlineMs / 1000} s: ${lastLine(text)}`)), startDeadlineMs);
    const end = (settle: () => void): void => {
      clearTimeout(late);
      settle();
    };
    child.stderr?.on("data", (chunk: Buffer) => {
      // Each request is a line here: read on, keep only what was said before the address.
      if (text.length < 16_384) text += chunk.toString("utf8");
      const found = /Running on http:\/\/(127\.0\.0\.1:\d+)/.exec(text)?.[1];
      if (found !== undefined) end(() => resolve(found));
    });
    child.once("error", (error) => end(() => reject(error)));
    child.once("exit", (code) => end(() => reject(new Error(`moto ended with ${code}: ${lastLine(text)}`))));
  });
}

export async function startMoto(python: string): Promise<Moto> {
  const env = { PATH: thisMachine().path, PYTHONUNBUFFERED: "1", AWS_ACCESS_KEY_ID: "moto", AWS_SECRET_ACCESS_KEY: "moto" };
  const child = spawn(python, ["-c", server], { cwd: "/", env, stdio: ["pipe", "ignore", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  try {
    const host = await address(child);
    return { host, url: `http://${host}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
