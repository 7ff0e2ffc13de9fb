import { expect, test } from "vitest";
import { Trees } from "./trees.ts";

const id = "a".repeat(40);

test("each of thirty thousand files in one folder is found in moments: a lease is not renewed while nothing else gets its turn", async () => {
  const names = Array.from({ length: 30_000 }, (_, index) => `file${String(index).padStart(6, "0")}.json`);
  const data = Buffer.concat(names.flatMap((name, index) => [Buffer.from(`100644 ${name}\0`), Buffer.alloc(20, index % 251)]));
  const trees = new Trees({ read: (sha) => Promise.resolve({ sha, type: "tree", data }) });
  const began = performance.now();
  const found = [];
  for (const name of names) found.push(await trees.find(id, name));
  // Looked through one by one they take nine seconds on a machine on which this takes a tenth of one.
  expect(performance.now() - began).toBeLessThan(2_500);
  expect(found.map((row) => row?.name)).toEqual(names);
  expect(found.map((row) => row?.sha)).toEqual(names.map((_, index) => Buffer.alloc(20, index % 251).toString("hex")));
  expect(await trees.find(id, "file030000.json")).toBeUndefined();
});
