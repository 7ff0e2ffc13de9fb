import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { Lines } from "./lines.ts";

test("several processes append at once: no line is lost or torn, numbers are unique, each writer's order stays", async () => {
  const dir = mkdtempSync(join(tmpdir(), "trueup-lines-"));
  const file = join(dir, "ledger.jsonl");
  const code = `const { Lines } = await import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, "lines.ts")).href)});
    const lines = new Lines(process.argv[1]); for (let i = 0; i < 100; i++) lines.append({ writer: process.argv[2], i, pad: "x".repeat(i * 20) });`;
  try {
    const writers = ["a", "b", "c"];
    await Promise.all(
      writers.map(
        (name) =>
          new Promise<void>((done, fail) => {
            const child = spawn(process.execPath, ["--input-type=module", "-e", code, file, name], { stdio: ["ignore", "ignore", "inherit"] });
            child.on("exit", (status) => (status === 0 ? done() : fail(new Error(`writer ${name} ended with ${status}`))));
          }),
      ),
    );
    const all = new Lines<{ writer: string; i: number }>(file).all();
    expect(all.map((line) => line.seq)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    for (const writer of writers) expect(all.filter((line) => line.writer === writer).map((line) => line.i)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    appendFileSync(file, '\n{"writer":"torn');
    const lines = new Lines<{ writer: string; i: number }>(file);
    lines.append({ writer: "after", i: 0 });
    expect(lines.all().at(-1)).toMatchObject({ writer: "after", seq: 301 });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}, 30_000);
