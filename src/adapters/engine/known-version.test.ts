import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { knownVersion } from "./known-version.ts";

const folder = mkdtempSync(join(tmpdir(), "trueup-version-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function asked(
  cli: string,
  answers: readonly string[],
  cache = join(folder, "cache"),
): Promise<{ readonly said: readonly string[]; readonly starts: number }> {
  let starts = 0;
  const said: string[] = [];
  for (const answer of answers) {
    said.push(
      await knownVersion(cli, cache, () => {
        starts++;
        return Promise.resolve(answer);
      }),
    );
  }
  return { said, starts };
}

it("a binary is asked for its version once, and again when it is another one", async () => {
  const cli = join(folder, "pulumi");
  writeFileSync(cli, Buffer.alloc(2 * 1024 * 1024));
  expect(await asked(cli, ["3.259.0", "never asked"])).toEqual({ said: ["3.259.0", "3.259.0"], starts: 1 });
  writeFileSync(cli, Buffer.alloc(3 * 1024 * 1024));
  expect(await asked(cli, ["3.260.0"])).toEqual({ said: ["3.260.0"], starts: 1 });
});

it("a script is asked each time: a version manager's shim starts what its folder says", async () => {
  const shim = join(folder, "shim");
  writeFileSync(shim, "#!/bin/sh\n");
  expect(await asked(shim, ["3.259.0", "3.250.0"])).toEqual({ said: ["3.259.0", "3.250.0"], starts: 2 });
});

it("no answer is not remembered, and a cache that cannot be written changes nothing", async () => {
  const cli = join(folder, "other");
  writeFileSync(cli, Buffer.alloc(2 * 1024 * 1024));
  expect(await asked(cli, ["", "3.259.0"])).toEqual({ said: ["", "3.259.0"], starts: 2 });
  expect(await asked(cli, ["1.0.0", "2.0.0"], join(cli, "no-folder"))).toEqual({ said: ["1.0.0", "2.0.0"], starts: 2 });
});
