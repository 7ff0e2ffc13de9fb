import { expect, test } from "vitest";
import { forgottenRuns, mostRuns, newRunId, parseRun, runFile } from "./run-files.ts";

const listing = (names: readonly string[]) => ({
  list: async () => names.map((name) => ({ path: `runs/${name}.json`, mode: "100644", blob: "0".repeat(40) })),
});

test("run ids sort by time and are file names", () => {
  const ids = ["2026-11-20T10:00:00Z", "2026-11-20T10:00:01Z", "2027-01-01T00:00:00Z"].map((at) => newRunId(new Date(at)));
  expect(ids[0]).toMatch(/^20261120-100000-[0-9a-f]{8}$/);
  expect([...ids].reverse().sort()).toEqual(ids);
  expect(ids.map(runFile)).toEqual(ids.map((id) => `runs/${id}.json`));
});

test("an id that could name another file is refused", () => {
  for (const id of ["", "../environment", "a/b", "-x", "a.json", "x".repeat(81)]) expect(() => runFile(id)).toThrow("that is no run id");
});

test("only the oldest records beyond the limit leave the tree", async () => {
  const names = Array.from({ length: mostRuns + 1 }, (_, i) => newRunId(new Date(i * 60_000)));
  expect(await forgottenRuns(listing(names.slice(0, mostRuns - 1)), "")).toEqual([]);
  expect(await forgottenRuns(listing([...names].reverse()), "")).toEqual([`runs/${names[0]}.json`, `runs/${names[1]}.json`]);
});

test("a record that somebody edited is said", () => {
  expect(() => parseRun({ branch: "trueup/dev", environment: "dev" }, "r1", Buffer.from("{}"))).toThrow("the record of run r1 cannot be read");
});
