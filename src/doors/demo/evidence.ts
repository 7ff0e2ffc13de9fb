import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
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
  readonly id?: string;
  readonly type: string;
  readonly custom?: boolean;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
}

/** The sandbox cloud's ledger in order: what was begun, done, and refused. */
export async function cloudLines(world: World): Promise<readonly CloudLine[]> {
  const folder = join(world.clone, ".trueup/cloud");
  const names = (await readdir(folder, { recursive: true })).filter((name) => /(^|\/)ledger[^/]*\.jsonl$/.test(name));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return texts
    .flatMap((text) => text.split("\n"))
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as CloudLine);
}

/** Done things of the sandbox cloud's ledger, in order. */
export async function cloudLedger(world: World): Promise<readonly CloudLine[]> {
  return (await cloudLines(world)).filter((line) => line.phase === "commit");
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

const stacksFolder = (world: World): string => join(world.clone, ".trueup/state/.pulumi/stacks");

interface Checkpoint {
  readonly resources?: readonly StateResource[];
  readonly pending_operations?: readonly { readonly type: string; readonly resource: { readonly urn: string } }[];
}

/** The file in which the engine keeps a stack: what it knows, and what it began and never ended. */
export async function checkpointOf(world: World, pulumiStack: string): Promise<Checkpoint> {
  const folder = stacksFolder(world);
  const path = (await readdir(folder, { recursive: true })).find((name) => basename(name) === `${pulumiStack}.json`) ?? pulumiStack;
  const { checkpoint } = JSON.parse(await readFile(join(folder, path), "utf8")) as { readonly checkpoint: { readonly latest?: Checkpoint } };
  return checkpoint.latest ?? {};
}

/** The sessions of engines at work, as the journal of whoever started them has them. */
export async function engineSessions(world: World): Promise<readonly number[]> {
  const folder = join(world.clone, ".trueup/ledger");
  const names = (await readdir(folder)).filter((name) => name.startsWith("dev.sessions-"));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  const lines = texts.flatMap((text) => text.split("\n")).filter((line) => line !== "");
  return lines.flatMap((line) => (JSON.parse(line) as { readonly session?: number }).session ?? []);
}

/** A hash over every state file of the backend. */
export async function backendDigest(world: World): Promise<string> {
  const folder = stacksFolder(world);
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
  readonly lease: { readonly run: string } | null;
  readonly vetoes: readonly { readonly commit: string }[];
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

interface Left {
  readonly kind: string;
  readonly urn: string;
  readonly id?: string;
}

/** What runs of the ledger found that earlier ones had left behind, and what became of it. */
export async function recoveredIn(world: World): Promise<readonly Left[]> {
  const at = "origin/trueup/dev";
  const names = (await git(world, "ls-tree", "-r", "--name-only", at, "runs/")).split("\n").filter((name) => name !== "");
  const all = await Promise.all(names.map(async (name) => JSON.parse(await git(world, "show", `${at}:${name}`)) as { readonly recovered?: readonly Left[] }));
  return all.flatMap(({ recovered = [] }) => recovered);
}
