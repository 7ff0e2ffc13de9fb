import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { dirname, join } from "node:path";

function syncDirectory(dir: string): void {
  const handle = openSync(dir, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function writeDraft(dir: string, text: string): string {
  mkdirSync(dir, { recursive: true });
  const draft = join(dir, `.${randomUUID()}.tmp`);
  const handle = openSync(draft, "w", 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return draft;
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}

/** Replaces a file so that a reader or a crash sees the old text or the new, never half. */
export function writeWhole(file: string, text: string): void {
  const dir = dirname(file);
  renameSync(writeDraft(dir, text), file);
  syncDirectory(dir);
}

/** Makes a file that must not be there yet; false when it is. Two processes at once: exactly one gets true. */
export function writeNew(file: string, text: string): boolean {
  const dir = dirname(file);
  const draft = writeDraft(dir, text);
  try {
    linkSync(draft, file);
    syncDirectory(dir);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

/** The text, or undefined when the file is not there. */
export function readWhole(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR")) return undefined;
    throw error;
  }
}

/** True when it was there. */
export function removeFile(file: string): boolean {
  try {
    unlinkSync(file);
    syncDirectory(dirname(file));
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}
