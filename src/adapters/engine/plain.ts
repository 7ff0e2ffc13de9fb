import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Problem } from "../../base/problem/index.ts";
import { runChild } from "../../base/process/index.ts";
import { locate } from "./locate.ts";
import type { EngineOptions } from "./open.ts";
import { satelliteMain } from "./satellites.ts";

const deadlineMs = 30_000;

export interface PlainOptions extends Pick<EngineOptions, "machine" | "pulumi" | "cache" | "sandbox"> {
  /** Folder for the launchers; kept, because a person's shell goes on using it. */
  readonly directory: string;
}

/**
 * What a person's own `pulumi` needs to run what trueup runs: the folders to put in front of PATH. Our language host and the sandbox's providers
 * are found there as launchers; with the official host and a real cloud only the CLI's own folder. Raises ENGINE_MISSING.
 */
export async function preparePlain({ machine, pulumi, cache, sandbox, directory }: PlainOptions): Promise<readonly string[]> {
  const home = join(directory, "home");
  await mkdir(home, { recursive: true });
  const located = await locate({ given: pulumi, path: machine.path, cache, home });
  const folders = [dirname(located.cli), dirname(process.execPath)];
  if (located.officialHost !== undefined && sandbox === undefined) return folders;
  const bin = join(directory, "bin");
  const more = sandbox === undefined ? [] : ["--store", sandbox.store, "--sdk", sandbox.sdk];
  const argv = [
    process.execPath,
    "--disable-warning=ExperimentalWarning",
    satelliteMain("program-host"),
    "launchers",
    bin,
    "--cache",
    join(cache, "programs"),
    ...more,
  ] as const;
  const written = await runChild(argv, { cwd: directory, env: { PATH: machine.path, HOME: home }, deadlineMs });
  if (written.exitCode === 0) return [bin, ...folders];
  throw new Problem("INTERNAL", {
    what: "the launchers for plain pulumi could not be written",
    on: bin,
    todo: "Check that the folder can be written.",
    detail: written.stderr,
  });
}
