// Which Node runs trueup. Plain JavaScript: the machine's own Node may be old.
import { existsSync } from "node:fs";
import { join } from "node:path";

const floor = [22, 18];

export function isNewEnough(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  return major > floor[0] || (major === floor[0] && minor >= floor[1]);
}

/** The machine's Node when it is new enough, else the one from npm; undefined when neither is there. */
export function lookForNode(root) {
  if (isNewEnough(process.version)) return process.execPath;
  const fromNpm = join(root, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
  return existsSync(fromNpm) ? fromNpm : undefined;
}

export function findNode(root) {
  const node = lookForNode(root);
  if (node === undefined) {
    console.error(`trueup needs Node ${floor.join(".")} or newer; this is ${process.version} and npm has none for ${process.platform}-${process.arch}.`);
    console.error("on this machine");
    console.error("Install Node 24 (https://nodejs.org) and run the same command again.");
    process.exit(2);
  }
  return node;
}
