import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/** Node itself, and the npm that came with it, wherever they are installed; of a folder that is no installation of Node's, the one file. */
export function nodePlaces(): readonly string[] {
  const real = realpathSync(process.execPath);
  const beside = [...new Set([process.execPath, real])].flatMap((path) => {
    const modules = join(dirname(path), "../lib/node_modules");
    return existsSync(join(modules, "npm")) ? [dirname(path), modules] : [];
  });
  return [...beside, process.execPath, real];
}
