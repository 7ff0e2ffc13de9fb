import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { put } from "./put.ts";

describe("a file of a room in which several engines work", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "put-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("is never seen half written, and leaves nothing beside it", async () => {
    const path = join(folder, "deep", "meta.yaml");
    const text = `version: 1\n${"# ".repeat(200_000)}\n`;
    await put(path, text);
    const seen = new Set<number>();
    const done = new AbortController();
    const reading = (async () => {
      while (!done.signal.aborted) {
        seen.add(readFileSync(path, "utf8").length);
        await new Promise((go) => void setImmediate(go));
      }
    })();
    for (let round = 0; round < 20; round++) await Promise.all([put(path, text), put(path, text)]);
    done.abort();
    await reading;
    expect([[...seen], readdirSync(join(folder, "deep")), statSync(path).mode & 0o777]).toEqual([[text.length], ["meta.yaml"], 0o600]);
  });

  test("that cannot be put says why and leaves nothing", async () => {
    await put(join(folder, "taken", "x"), "x");
    await expect(put(join(folder, "taken"), "y")).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(folder)).toEqual(["taken"]);
  });
});
