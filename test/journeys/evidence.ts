import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Home } from "./estate.ts";

/** What a journey believes: files, git and the cloud's ledger, read here and not by trueup. */
const line = z.looseObject({ op: z.string(), phase: z.string(), actor: z.string(), type: z.string(), id: z.string(), urn: z.string() });
export type CloudLine = z.infer<typeof line>;

/** Every line of the cloud's ledger, also of what only began. */
export async function cloudLines(home: Home): Promise<readonly CloudLine[]> {
  const folder = join(home.clone, ".trueup/cloud");
  const names = (await readdir(folder, { recursive: true }).catch(() => [] as string[])).filter((name) => /(^|\/)ledger[^/]*\.jsonl$/.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return texts
    .flatMap((text) => text.split("\n"))
    .filter((text) => text !== "")
    .map((text) => line.parse(JSON.parse(text)));
}

const stateFile = z.looseObject({
  checkpoint: z.looseObject({
    latest: z
      .looseObject({
        resources: z
          .array(
            z.looseObject({
              urn: z.string(),
              type: z.string(),
              outputs: z.record(z.string(), z.unknown()).optional(),
              dependencies: z.array(z.string()).nullish(),
            }),
          )
          .nullish(),
        pending_operations: z.array(z.looseObject({})).nullish(),
      })
      .nullish(),
  }),
});

const stacksFolder = (home: Home): string => join(home.clone, ".trueup/state/.pulumi/stacks");

/** Path of each stack's state file below the backend → sha256 of its bytes. */
export async function stateDigests(home: Home): Promise<Readonly<Record<string, string>>> {
  const folder = stacksFolder(home);
  const names = (await readdir(folder, { recursive: true }).catch(() => [] as string[])).filter((name) => name.endsWith(".json")).sort();
  const digests = await Promise.all(
    names.map(
      async (name) =>
        [
          name,
          createHash("sha256")
            .update(await readFile(join(folder, name)))
            .digest("hex"),
        ] as const,
    ),
  );
  return Object.fromEntries(digests);
}

/** The resources in a stack's state file, the engine's own bookkeeping left out; undefined when there is no such stack. */
export async function stateOf(
  home: Home,
  pulumiStack: string,
  project = "small",
): Promise<
  { readonly urns: readonly string[]; readonly pending: number; outputsOf(name: string): unknown; dependenciesOf(name: string): unknown } | undefined
> {
  const text = await readFile(join(stacksFolder(home), project, `${pulumiStack}.json`), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { latest } = stateFile.parse(JSON.parse(text)).checkpoint;
  const real = (latest?.resources ?? []).filter(({ type }) => !type.startsWith("pulumi:"));
  return {
    urns: real.map(({ urn }) => urn),
    pending: latest?.pending_operations?.length ?? 0,
    outputsOf: (name) => real.find(({ urn }) => urn.endsWith(`::${name}`))?.outputs,
    dependenciesOf: (name) => real.find(({ urn }) => urn.endsWith(`::${name}`))?.dependencies,
  };
}

/** Every ref of the remote but the ledger's, and the ledger's head apart. */
export async function refs(home: Home): Promise<{ readonly others: readonly string[]; readonly ledger: string }> {
  const all = (await home.git("ls-remote", home.remote)).split("\n").filter((ref) => !ref.endsWith("\tHEAD"));
  return {
    others: all.filter((ref) => !ref.endsWith("refs/heads/trueup/dev")),
    ledger: all.find((ref) => ref.endsWith("refs/heads/trueup/dev"))?.slice(0, 40) ?? "",
  };
}

const recorded = z.looseObject({
  lease: z.looseObject({ run: z.string(), pid: z.number() }).nullable(),
  orphans: z.array(z.looseObject({ stack: z.string(), resources: z.number() })),
  stacks: z.record(
    z.string(),
    z.looseObject({
      commit: z.string().nullable(),
      result: z.string(),
      run: z.string().nullable(),
      resources: z.number(),
      pulumiStack: z.string(),
      stateDigest: z.string(),
      lastGood: z.looseObject({ commit: z.string() }).nullable(),
    }),
  ),
});

/** environment.json at the ledger's head, as plain git shows it. */
export async function record(home: Home): Promise<z.infer<typeof recorded>> {
  return recorded.parse(JSON.parse(await home.git("--git-dir", home.remote, "show", "refs/heads/trueup/dev:environment.json")));
}

/** Stack → result, from the ledger. */
export async function results(home: Home): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries(Object.entries((await record(home)).stacks).map(([name, { result }]) => [name, result]));
}

/** The ledger's sentences, newest first. Those that only say that the forge was told are left out. */
export async function sentences(home: Home): Promise<readonly string[]> {
  const all = (await home.git("--git-dir", home.remote, "log", "--format=%s", "refs/heads/trueup/dev")).split("\n");
  return all.filter((line) => !/^\w+: the forge was told /.test(line));
}

/** Every run's record in the ledger, oldest first. */
export async function runs(home: Home): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const at = "refs/heads/trueup/dev";
  const names = (await home.git("--git-dir", home.remote, "ls-tree", "-r", "--name-only", at, "runs/")).split("\n").filter((name) => name !== "");
  const all = await Promise.all(
    names.map(async (name) => z.record(z.string(), z.unknown()).parse(JSON.parse(await home.git("--git-dir", home.remote, "show", `${at}:${name}`)))),
  );
  return all.toSorted((a, b) => String(a["startedAt"]).localeCompare(String(b["startedAt"])));
}

/** Everything that "nothing was touched" is about. Two pictures are compared as a whole. */
export interface Picture {
  readonly cloud: number;
  readonly states: Readonly<Record<string, string>>;
  readonly refs: readonly string[];
  readonly locks: number;
}

/** The picture without the ledger branch, on which a refused apply leaves its sentence. */
export async function picture(home: Home): Promise<Picture> {
  const locks = await readdir(join(home.clone, ".trueup/state/.pulumi/locks"), { recursive: true }).catch(() => [] as string[]);
  return {
    cloud: (await cloudLines(home)).length,
    states: await stateDigests(home),
    refs: (await refs(home)).others,
    locks: locks.filter((name) => name.endsWith(".json")).length,
  };
}

/** The picture with the ledger branch: for what may write nothing at all. */
export async function wholePicture(home: Home): Promise<Picture & { readonly ledger: string }> {
  return { ...(await picture(home)), ledger: (await refs(home)).ledger };
}
