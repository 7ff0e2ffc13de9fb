import { Problem } from "../../base/problem/index.ts";
import { resolveEnvironment, type Environment } from "../../domain/environments/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import { treeOf, type Estate } from "./estate.ts";
import { readRevision, type Revision } from "./revision.ts";

const gone: ReadonlySet<string> = new Set(["never", "destroyed"]);

/** Stacks of a record that may have resources. */
export function stacksLeft(live: EnvironmentRecord | undefined): readonly string[] {
  return Object.entries(live?.stacks ?? {}).flatMap(([name, { result }]) => (gone.has(result) ? [] : [name]));
}

/** An environment that declares nothing: what a folder that was removed says. Nothing is run in it, so its secrets are never asked for. */
async function nothingDeclared(estate: Estate, treeish: string, record: EnvironmentRecord): Promise<Revision> {
  const tree = await treeOf(estate.repository, treeish);
  const organisation = await estate.programs.organisation(tree);
  const empty = resolveEnvironment(record.environment, { cloud: "sandbox", stacks: {} }, organisation);
  const cloud: Environment["cloud"] = record.identity?.cloud === "real" ? "real" : "sandbox";
  return { tree, organisation, environment: { ...empty, branch: record.branch?.name ?? empty.branch, cloud }, closures: [], removed: true };
}

/**
 * As `readRevision`; but an environment whose folder is gone while the ledger still has stacks of it is one that declares nothing (`removed`):
 * its stacks are orphans, to be shown and never destroyed because of that.
 */
export async function readRevisionOrRemoved(
  estate: Estate,
  treeish: string,
  at: { readonly name: string; readonly live: EnvironmentRecord | undefined },
): Promise<Revision> {
  const { name, live } = at;
  try {
    return await readRevision(estate, treeish, name);
  } catch (thrown) {
    const isRemoved = thrown instanceof Problem && thrown.code === "ENVIRONMENT_UNKNOWN";
    if (!isRemoved || live === undefined || stacksLeft(live).length === 0) throw thrown;
    return nothingDeclared(estate, treeish, live);
  }
}

/** What an apply of a removed environment is refused with, and a preview shows. */
export function removedProblem(live: EnvironmentRecord): Problem {
  const left = stacksLeft(live);
  const resources = left.reduce((sum, name) => sum + (live.stacks[name]?.resources ?? 0), 0);
  const { environment } = live;
  return new Problem("ENVIRONMENT_REMOVED", {
    what: `environments/${environment} is gone, but ${left.length === 1 ? "1 stack" : `${left.length} stacks`} with ${resources} resources are live: ${left.join(", ")}`,
    on: `environment ${environment}`,
    todo: `Nothing was touched. Put the folder back (git revert); to take the stacks down, name them in its \`retire\`, apply, and remove the folder then.`,
  });
}
