import { readdir, readlink } from "node:fs/promises";
import { isAbsolute, join } from "node:path";

const mostFolders = 5_000;

/** `…/node_modules` of a path inside one. */
function modulesIn(path: string): string | undefined {
  const at = path.lastIndexOf("/node_modules/");
  return at >= 0 ? path.slice(0, at + "/node_modules".length) : path.endsWith("/node_modules") ? path : undefined;
}

async function linkedFrom(modules: string): Promise<string[]> {
  const whole = await readlink(modules).catch(() => undefined);
  if (whole !== undefined) return isAbsolute(whole) ? [whole] : [];
  const entries = await readdir(modules, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(modules, entry.name);
    if (entry.isSymbolicLink()) {
      const target = await readlink(path);
      found.push(isAbsolute(target) ? (modulesIn(target) ?? "") : "");
    } else if (entry.name.startsWith("@")) found.push(...(await linkedFrom(path)));
  }
  return found.filter((path) => path !== "");
}

/** The folders outside of a prepared copy that its node_modules are links to. The copy was just made by us: links in it are ours, or stay inside. */
export async function linkedModules(root: string): Promise<readonly string[]> {
  const found = new Set<string>();
  const waiting = [root];
  for (let seen = 0; seen < mostFolders; seen++) {
    const folder = waiting.shift();
    if (folder === undefined) break;
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder, entry.name);
      if (entry.name === "node_modules") for (const each of await linkedFrom(path)) found.add(each);
      else if (entry.isDirectory()) waiting.push(path);
    }
  }
  return [...found];
}
