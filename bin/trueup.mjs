#!/usr/bin/env node
// Starts the command line on a Node that can run TypeScript sources; works on any Node that knows ES modules.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findNode } from "../scripts/node.mjs";

// Ctrl-C reaches the child by itself (same terminal group); this process must outlive it to pass on its exit code.
const passed = ["SIGINT", "SIGTERM", "SIGHUP"];
let child;
for (const signal of passed) process.on(signal, () => signal === "SIGINT" || child?.kill(signal));

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
child = spawn(findNode(root), ["--disable-warning=ExperimentalWarning", join(root, "src/doors/cli/main.ts"), ...process.argv.slice(2)], {
  stdio: "inherit",
});
child.on("exit", (code, signal) => {
  if (code !== null) process.exit(code);
  // It was ended before it could say anything itself.
  const [word, exit] =
    signal === "SIGKILL" || !passed.includes(signal) ? ["INTERNAL: trueup was ended from outside", 1] : ["CANCELLED: cancelled before it began", 8];
  console.error(`${word} (${signal})\non trueup ${process.argv.slice(2).join(" ")}\nSee what is left with: trueup status; run the same command again.`);
  process.exit(exit);
});
