import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";

const hardLimit = 400;
/** A test file is a list: it may be longer. */
const testLimit = 600;
const doorLimit = 40;
const drawers = /(^|[-.])(utils?|helpers?|common|shared|misc|manager)\b/;

/** Measures of style.md that no linter has: file length, doors, drawers, the one reader of process.env. */
export function shapeFaults(root: string): string[] {
  const faults: string[] = [];
  for (const file of globSync(["src/**/*.ts", "stacks/**/*.ts", "policies/**/*.{ts,js}", "scripts/**/*.{ts,mjs}"], {
    cwd: root,
    exclude: (name) => name === "node_modules",
  })) {
    const text = readFileSync(`${root}/${file}`, "utf8");
    const lines = text.split("\n").length - 1;
    const isTest = file.includes(".test");
    const limit = isTest ? testLimit : hardLimit;
    if (lines > limit) faults.push(`${file}: ${lines} lines, at most ${limit}`);
    if (drawers.test(basename(file))) faults.push(`${file}: a drawer, name it for what it holds`);
    if (basename(file) === "index.ts" && file.startsWith("src/")) faults.push(...doorFaults(file, text, lines));
    if (file.startsWith("src/") && !isTest && file !== "src/base/process/machine.ts" && /\bprocess\.env\b/.test(withoutComments(text))) {
      faults.push(`${file}: reads process.env, which only src/base/process/machine.ts does`);
    }
  }
  return faults;
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/\/\/.*$/gm, "");
}

function doorFaults(file: string, text: string, lines: number): string[] {
  const faults: string[] = [];
  if (lines > doorLimit) faults.push(`${file}: a door of ${lines} lines, at most ${doorLimit}`);
  if (/export \*/.test(text)) faults.push(`${file}: exports by star, name them`);
  return faults;
}
