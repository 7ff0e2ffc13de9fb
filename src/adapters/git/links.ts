import { lstat, readlink } from "node:fs/promises";
import { join } from "node:path";

const mostHops = 40;

/**
 * Whether a symlink below `root` leads out of it, followed on the disk step by step, as the system would. A ".." after something that is not
 * there counts as leaving: what is put there later could be a link.
 */
export async function leadsOutside(root: string, link: readonly string[]): Promise<boolean> {
  let at: string[] = [];
  let ahead = [...link];
  for (let hops = 0; ahead.length > 0;) {
    const [part = "", ...rest] = ahead;
    ahead = rest;
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (at.length === 0) return true;
      at.pop();
      continue;
    }
    const here = [...at, part];
    const facts = await lstat(join(root, ...here)).catch(() => undefined);
    if (facts === undefined) return ahead.includes("..");
    if (!facts.isSymbolicLink()) {
      at = here;
      continue;
    }
    const target = await readlink(join(root, ...here));
    if (target.startsWith("/") || ++hops > mostHops) return true;
    ahead = [...target.split("/"), ...ahead];
  }
  return false;
}
