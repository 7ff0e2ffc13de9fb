// Brings node_modules to what package-lock.json says. Plain JavaScript: runs before anything is installed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export function installDependencies(root) {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const stamp = join(root, "node_modules", ".trueup-lock");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  console.error("setup 1/3  installing the locked dependencies (npm ci, about 40 s)");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  const result = spawnSync(npm, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (result.status !== 0) {
    console.error(`npm ci failed (exit ${result.status ?? result.signal ?? result.error?.message})`);
    console.error(`on ${join(root, "package-lock.json")}`);
    console.error("Make sure npm reaches its registry, then run the same command again.");
    process.exit(2);
  }
  writeFileSync(stamp, lock);
}
