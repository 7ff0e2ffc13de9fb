import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BootstrapStep } from "../../domain/doctor/index.ts";
import { treeOf, type Estate } from "../estate/index.ts";

const trueupRoot = join(import.meta.dirname, "../../..");
const folder = "stacks/agent";
const files = ["index.ts", "manifests.ts"].map((name) => `${folder}/${name}`);

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

/** One file of the stack, written where none is; what a person has made of it is theirs. */
async function writeOne(root: string, path: string, dryRun: boolean): Promise<BootstrapStep> {
  const about = { step: "agent", on: path } as const;
  const [ours, theirs] = [await readFile(join(trueupRoot, path), "utf8"), await textOf(join(root, path))];
  if (theirs !== undefined) return { ...about, state: "there", says: theirs === ours ? "as it should be" : "a person's own: left alone" };
  if (dryRun) return { ...about, state: "would", says: "write it" };
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), ours);
  return { ...about, state: "done", says: "written into this clone: commit it, and merge it" };
}

/** Which of these environments the clone's HEAD gives the agent's stack. */
async function declaring(estate: Estate, environments: readonly string[]): Promise<readonly string[]> {
  const tree = await treeOf(estate.repository, await estate.repository.fetchLocal(estate.root, "HEAD"));
  const all = await Promise.all(environments.map((name) => estate.programs.environment(tree, name)));
  return all.filter(({ stacks }) => stacks.some((stack) => stack.path === folder)).map(({ name }) => name);
}

function toDeclare(environments: readonly string[], declared: readonly string[]): BootstrapStep {
  const [first = ""] = environments;
  const about = { step: "agent", on: folder } as const;
  if (declared.length > 0) return { ...about, state: "there", says: `declared in ${declared.join(", ")}: merged, it is applied as any other stack` };
  const declaration = `agent: stack<typeof agent>("${folder}", { layer: "apps", args: { image: "…/trueup-agent:<exact tag>", settings: "…" } })`;
  return {
    ...about,
    state: "left",
    says: "no environment declares it: only a person knows its image, its settings and its cluster",
    todo: `Write into environments/${first}/environment.ts: ${declaration}; it reads the output kubeconfig of a stack called clusters (docs/agent.md).`,
  };
}

/**
 * Puts the agent's own stack into the clone's work tree, to be declared, committed and merged by a person, so that the estate looks after its agent as
 * after anything else. Nothing that is there is written over; commits nothing.
 */
export async function writeAgentStack(
  estate: Estate,
  request: { readonly environments: readonly string[]; readonly dryRun: boolean },
): Promise<readonly BootstrapStep[]> {
  const steps: BootstrapStep[] = [];
  for (const path of files) steps.push(await writeOne(estate.root, path, request.dryRun));
  return [...steps, toDeclare(request.environments, await declaring(estate, request.environments))];
}
