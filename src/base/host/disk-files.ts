import { randomBytes } from "node:crypto";
import { appendFileSync, closeSync, fdatasyncSync, mkdirSync, openSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Files } from "./host.ts";

const syncSoonMs = 200;

function sync(path: string): void {
  const descriptor = openSync(path, "r+");
  try {
    fdatasyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export function diskFiles(): Files {
  const syncing = new Map<string, NodeJS.Timeout>();
  const soon = (path: string): void => {
    syncing.delete(path);
    try {
      sync(path);
    } catch {
      // The disk is full, or the file is gone.
    }
  };
  return {
    read: (path) => readFile(path, "utf8").catch(() => undefined),
    list: async (folder) => (await readdir(folder).catch(() => [] as string[])).sort(),
    write: async (path, text) => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const beside = `${path}.${process.pid}-${randomBytes(4).toString("hex")}`;
      await writeFile(beside, text, { mode: 0o600 });
      await rename(beside, path);
    },
    prepare: (path) => void mkdirSync(dirname(path), { recursive: true }),
    append: (path, line) => appendFileSync(path, `${line}\n`, { mode: 0o600 }),
    sync,
    syncSoon: (path) => {
      if (!syncing.has(path)) syncing.set(path, setTimeout(() => soon(path), syncSoonMs).unref());
    },
    remove: async (path) => {
      clearTimeout(syncing.get(path));
      syncing.delete(path);
      await rm(path, { force: true });
    },
  };
}
