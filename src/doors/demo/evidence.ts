import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { runChild } from "../../base/process/index.ts";
import { git, type World } from "./world.ts";

/** What the demo reads back, by its own ways: git, the engine's `stack export`, the files of backend and cloud. Never trueup's word or its own variables. */
export interface CloudLine {
  readonly op: "create" | "update" | "delete";
  readonly phase: "begin" | "commit" | "fail";
  readonly actor: "engine" | "hand";
  readonly type: string;
  readonly id: string;
  readonly urn: string;
}

export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly custom?: boolean;
  readonly outputs?: Record<string, unknown>;
}

/** Done things of the sandbox cloud's ledger, in order. */
export async function cloudLedger(world: World): Promise<readonly CloudLine[]> {
  const folder = join(world.clone, ".trueup/cloud");
  const names = (await readdir(folder, { recursive: true })).filter((name) => /(^|\/)ledger[^/]*\.jsonl$/.test(name));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  const lines = texts
    .flatMap((text) => text.split("\n"))
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as CloudLine);
  return lines.filter((line) => line.phase === "commit");
}

async function pulumi(world: World, ...args: string[]): Promise<string> {
  const { machine } = world;
  const env = {
    PATH: machine.path,
    HOME: world.folder,
    PULUMI_HOME: join(world.folder, "pulumi-home"),
    PULUMI_BACKEND_URL: `file://${join(world.clone, ".trueup/state")}`,
    PULUMI_CONFIG_PASSPHRASE: "sandbox",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  const result = await runChild([world.engine, ...args, "--non-interactive"], { cwd: world.clone, env, deadlineMs: 60_000, outputCap: 64 * 1024 * 1024 });
  return result.exitCode === 0 ? result.stdout : "";
}

/** What the engine itself says is in a stack; empty when there is no such stack. */
export async function stateOf(world: World, pulumiStack: string): Promise<readonly StateResource[]> {
  const text = await pulumi(world, "stack", "export", "-s", pulumiStack);
  if (text === "") return [];
  const { deployment } = JSON.parse(text) as { deployment: { resources?: readonly StateResource[] } };
  return deployment.resources ?? [];
}

/** A hash over every state file of the backend. */
export async function backendDigest(world: World): Promise<string> {
  const folder = join(world.clone, ".trueup/state/.pulumi/stacks");
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".json")).sort();
  const hash = createHash("sha256");
  for (const name of names) hash.update(name).update(await readFile(join(folder, name)));
  return hash.digest("hex");
}

export async function locksLeft(world: World): Promise<number> {
  const names = await readdir(join(world.clone, ".trueup/state/.pulumi/locks"), { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith(".json")).length;
}

/** Every branch of the remote but the ledger, as `<commit> <ref>` lines. */
export async function refs(world: World): Promise<string> {
  const all = await git(world, "ls-remote", "--heads", world.remote);
  return all
    .split("\n")
    .filter((line) => !line.includes("refs/heads/trueup/"))
    .join("\n");
}

export interface LedgerFile {
  readonly lease: unknown;
  readonly stacks: Readonly<
    Record<string, { readonly commit: string; readonly result: string; readonly pulumiStack: string; readonly lastGood: { readonly commit: string } | null }>
  >;
}

/** The ledger's record and its sentences, oldest first, read from the remote with plain git. */
export async function gitLedger(world: World): Promise<{ readonly record: LedgerFile; readonly sentences: readonly string[] }> {
  await git(world, "fetch", "--quiet", "origin");
  const record = JSON.parse(await git(world, "show", "origin/trueup/dev:environment.json")) as LedgerFile;
  const sentences = (await git(world, "log", "--reverse", "--format=%s", "origin/trueup/dev")).split("\n");
  return { record, sentences };
}
