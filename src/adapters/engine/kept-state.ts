import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { fileBackend } from "./locks.ts";
import type { StackSite } from "./port.ts";
import { projectName, shortName } from "./project-copy.ts";

const checkpointFile = z.looseObject({
  version: z.literal(3),
  features: z.array(z.string()).max(0).nullish(),
  checkpoint: z.looseObject({ latest: z.looseObject({}) }),
});

/** Where the text of the value at `start` ends, an object's: braces are counted outside of strings. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') at = endOfString(text, at);
    else if (sign === "{") depth += 1;
    else if (sign === "}" && --depth === 0) return at + 1;
  }
  return -1;
}

/** Where a string's closing quote is. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

/** The deployment as it stands in the file: parsed and written again, a long number would become another one. */
function deploymentText(text: string): string | undefined {
  const found =
    /^\s*\{\s*"version"\s*:\s*3\s*,\s*"checkpoint"\s*:\s*\{\s*"stack"\s*:\s*"[^"\\]*"\s*,\s*(?:"config"\s*:\s*\{\s*\}\s*,\s*)?"latest"\s*:\s*(?=\{)/.exec(text);
  const start = found?.[0].length ?? -1;
  const end = start < 0 ? -1 : endOfObject(text, start);
  return end < 0 ? undefined : text.slice(start, end);
}

export function exportOf(text: string): string | undefined {
  try {
    if (!checkpointFile.safeParse(JSON.parse(text)).success) return undefined;
  } catch {
    return undefined;
  }
  const deployment = deploymentText(text);
  return deployment === undefined ? undefined : `{"version":3,"deployment":${deployment}}\n`;
}

/** What an engine wrote beside the state and was killed at: it would keep every engine from the state, and says nothing that is needed. */
async function dropCutOff(beside: string): Promise<void> {
  const text = await readFile(beside, "utf8").catch(() => undefined);
  if (text === undefined) return;
  try {
    JSON.parse(text);
  } catch {
    // Where nothing can be written, the engine itself will tell.
    await rm(beside, { force: true }).catch(() => undefined);
  }
}

/**
 * What `stack export` prints of a stack in a file backend, read from the file that the engine keeps it in: it prints that file's deployment as it is,
 * and starting it takes a hundred times longer. undefined wherever anything is not as this engine writes it (another backend, layout or format, a
 * compressed or damaged file): then the engine has to be asked. "absent": the backend is there, and has no such stack.
 */
export async function keptState(site: StackSite): Promise<{ readonly raw: string } | "absent" | undefined> {
  const root = fileBackend(site.backend);
  if (root === undefined) return undefined;
  const layout = await readFile(join(root, ".pulumi", "meta.yaml"), "utf8").catch(() => "");
  if (!/^version:\s*1\s*$/m.test(layout)) return undefined;
  const folder = join(root, ".pulumi", "stacks", await projectName(site.directory));
  const file = `${shortName(site.pulumiStack)}.json`;
  await dropCutOff(join(folder, `${file}.attrs`));
  const text = await readFile(join(folder, file), "utf8").catch(() => undefined);
  const raw = text === undefined ? undefined : exportOf(text);
  if (raw !== undefined) return { raw };
  const names = text === undefined ? await readdir(folder).catch((error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? [] : undefined)) : undefined;
  return names !== undefined && !["", ".gz", ".zst"].some((ending) => names.includes(`${file}${ending}`)) ? "absent" : undefined;
}
