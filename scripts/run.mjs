// The front of every npm script: brings what is missing, then runs the task on a Node that knows TypeScript.
// Plain JavaScript without dependencies: it must run in a fresh clone on an old Node.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installDependencies } from "./dependencies.mjs";
import { installEngine } from "./engine.mjs";
import { findNode, isNewEnough } from "./node.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const tasks = {
  setup: { engine: true, argv: [] },
  demo: { engine: true, argv: ["src/doors/cli/main.ts", "demo"] },
  test: { engine: true, argv: ["node_modules/vitest/vitest.mjs", "run"], env: { TRUEUP_TEST_SIZE: "slice" } },
  "test:all": { engine: true, argv: ["node_modules/vitest/vitest.mjs", "run"], env: { TRUEUP_TEST_SIZE: "full" } },
  check: { engine: false, argv: ["scripts/check/main.ts"] },
  fix: { engine: false, argv: ["scripts/check/main.ts", "--fix"] },
  simulate: { engine: false, argv: ["scripts/simulate.ts"] },
  bench: { engine: true, argv: ["scripts/bench.ts"] },
  torture: { engine: true, argv: ["scripts/torture.ts"] },
};

const [name = "", ...rest] = process.argv.slice(2);
const task = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
if (task === undefined) {
  console.error(`no such task "${name}"\non scripts/run.mjs\nTasks: ${Object.keys(tasks).join(", ")}`);
  process.exit(2);
}
installDependencies(root);
const node = findNode(root);
if (!isNewEnough(process.version)) console.error(`setup 2/3  using Node from npm, because this machine's is ${process.version}`);
const engine = task.engine ? await installEngine(root) : undefined;
if (task.argv.length === 0) {
  console.error(`ready: engine ${engine}`);
  process.exit(0);
}
const env = { ...process.env, ...task.env, PATH: `${dirname(node)}:${process.env.PATH ?? ""}`, ...(engine === undefined ? {} : { TRUEUP_ENGINE: engine }) };
const child = spawn(node, ["--disable-warning=ExperimentalWarning", ...task.argv, ...rest], { cwd: root, env, stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => signal === "SIGINT" || child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 8 : 1)));
