import { execa } from "execa";
import { join } from "node:path";
import { breaches } from "./law.ts";
import { shapeFaults } from "./shape.ts";
import { staleDocuments } from "./documents.ts";

/** The gate's first half: types, lint, format, law, shape, dead code, generated-is-fresh. `--fix` mends what can be mended. */
interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly text: string;
  readonly seconds: number;
}

const root = join(import.meta.dirname, "../..");
const fix = process.argv.includes("--fix");
const bin = (path: string): string => join(root, "node_modules", path);

async function command(name: string, argv: readonly [string, ...string[]]): Promise<Finding> {
  const started = performance.now();
  const [file, ...args] = argv;
  const result = await execa(file, args, { cwd: root, reject: false, all: true, stdin: "ignore", timeout: 300_000 });
  return { name, ok: result.exitCode === 0, text: result.all, seconds: (performance.now() - started) / 1000 };
}

async function judged(name: string, judge: () => Promise<readonly string[]> | readonly string[]): Promise<Finding> {
  const started = performance.now();
  const faults = await judge();
  return { name, ok: faults.length === 0, text: faults.join("\n"), seconds: (performance.now() - started) / 1000 };
}

async function law(): Promise<readonly string[]> {
  const { lines, seen, expected } = await breaches(root);
  const missed = seen === expected ? [] : [`the law saw ${seen} files of src/, there are ${expected}`];
  return [...missed, ...lines];
}

const node = process.execPath;
const steps: (() => Promise<Finding>)[] = [
  () => command("types", [node, bin("@typescript/native/bin/tsc"), "-p", "tsconfig.json"]),
  () => command("lint", [node, bin("oxlint/bin/oxlint"), ...(fix ? ["--fix"] : []), "--type-aware", "--deny-warnings"]),
  () =>
    command("format", [
      node,
      bin("oxfmt/bin/oxfmt"),
      ...(fix ? [] : ["--check"]),
      "src",
      "scripts",
      "stacks",
      "environments",
      "test",
      "policies",
      "legacy",
      "trueup.config.ts",
      "vitest.config.ts",
    ]),
  () => command("dead code", [node, bin("knip/bin/knip.js"), "--no-progress"]),
  () => judged("law", law),
  () => judged("shape", () => shapeFaults(root)),
  () => judged("documents", () => staleDocuments(root, fix)),
];

const findings: Finding[] = [];
const queue = [...steps];
await Promise.all(
  [0, 1].map(async () => {
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) findings.push(await step());
  }),
);
for (const { name, ok, text, seconds } of findings) {
  process.stdout.write(`${ok ? "ok  " : "FAIL"} ${name} (${seconds.toFixed(1)} s)\n`);
  if (!ok)
    process.stdout.write(
      `${text
        .split("\n")
        .slice(0, 80)
        .map((line) => `     ${line}`)
        .join("\n")}\n`,
    );
}
process.exit(findings.every(({ ok }) => ok) ? 0 : 1);
