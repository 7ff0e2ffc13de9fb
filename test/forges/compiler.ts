import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runChild } from "../../src/base/process/index.ts";

const repository = join(import.meta.dirname, "../..");

/** What TypeScript says against a text, one line each. It may import what trueup is made of (`./src/...`) and every package that trueup installs. */
export async function objections(text: string): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "trueup-types-"));
  try {
    for (const name of ["node_modules", "src"]) await symlink(join(repository, name), join(folder, name));
    await writeFile(join(folder, "package.json"), '{"type":"module"}');
    await writeFile(join(folder, "answers.ts"), text);
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--allowImportingTsExtensions", "--module", "nodenext", "--target", "es2023"];
    const told = await runChild([process.execPath, join(repository, "node_modules/@typescript/native/bin/tsc"), ...options, "answers.ts"], {
      cwd: folder,
      env: { PATH: dirname(process.execPath) },
      deadlineMs: 240_000,
    });
    const lines = `${told.stdout}${told.stderr}`.split("\n").filter((line) => line !== "" && !line.startsWith(" "));
    const other = lines.find((line) => !line.startsWith("answers.ts"));
    if (other !== undefined) throw new Error(`the compiler says: ${other}`);
    return lines;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
