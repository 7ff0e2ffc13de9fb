import { cp, mkdtemp, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runChild } from "../../src/base/process/index.ts";
import type { Injector } from "./scene.ts";
import { met } from "./scene.ts";
import { ledgerFolder, stateFolder } from "./world.ts";

async function run(...args: readonly [string, ...string[]]): Promise<boolean> {
  const done = await runChild(args, { cwd: "/", env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" }, deadlineMs: 10_000 }).catch(() => undefined);
  return done?.exitCode === 0;
}

async function must(...args: readonly [string, ...string[]]): Promise<void> {
  if (!(await run(...args))) throw new Error(`${args.join(" ")} did not work`);
}

/** Told where something is left out because of it. */
export const whyNoMounts = "no file system can be mounted here: it takes root on Linux";

/** Whether file systems can be mounted here at all. */
export async function canMount(): Promise<boolean> {
  const place = await mkdtemp(join(tmpdir(), "trueup-mount-"));
  const can = await run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place);
  if (can) await run("umount", "-l", place);
  await rm(place, { recursive: true });
  return can;
}

const page = 4_096;
const roomPages = 12;

/** A disk of its own, of which next to nothing is free; what is on it at the end stays. */
export const diskFull: Injector = async ({ world, fault, start }) => {
  const place = fault.dice[0] < 0.75 ? stateFolder(world) : ledgerFolder(world);
  const beside = join(world.home.folder, "beside");
  await cp(place, beside, { recursive: true });
  await must("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", place);
  try {
    await cp(beside, place, { recursive: true });
    const { blocks, bfree, bsize } = await statfs(place);
    const size = (blocks - bfree) * bsize + Math.floor(fault.dice[1] * roomPages) * page;
    await must("mount", "-o", `remount,size=${size}`, place);
    const ended = await start().ended;
    await must("mount", "-o", "remount,size=64m", place);
    await rm(beside, { recursive: true });
    await cp(place, beside, { recursive: true });
    return { injected: ended.exit !== 0 };
  } finally {
    await run("umount", "-l", place);
    await rm(place, { recursive: true, force: true });
    await cp(beside, place, { recursive: true });
    await rm(beside, { recursive: true });
  }
};

const triesMs = 1_000;

/** Whoever has a file open for writing there is waited for. */
async function closes(place: string): Promise<boolean> {
  const until = Date.now() + triesMs;
  while (Date.now() < until) {
    if (await run("mount", "-o", "remount,bind,ro", place)) return true;
    await sleep(5);
  }
  return false;
}

/** From one moment on nothing can be written there; what is open for writing is let finish. */
export const backendReadOnly: Injector = async ({ world, fault, start }) => {
  const place = stateFolder(world);
  await must("mount", "--bind", place, place);
  try {
    const runner = start();
    const isThere = await met(runner, fault);
    const injected = isThere && (await closes(place)) && !runner.isOver;
    await runner.ended;
    return { injected };
  } finally {
    await run("mount", "-o", "remount,bind,rw", place);
    await must("umount", "-l", place);
  }
};
