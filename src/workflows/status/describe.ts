import { didYouMean, Problem } from "../../base/problem/index.ts";
import { stackGraph } from "../../domain/planner/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import { environmentBranch, ledgerNames, ledgerOf, readRevision, stacksLeft, treeOf, type Estate } from "../estate/index.ts";

export interface EnvironmentFacts {
  readonly name: string;
  readonly branch: string;
  readonly cloud: Environment["cloud"];
  readonly stacks: readonly string[];
  /** Resources that are live although its folder is gone; left out for an environment that is there. */
  readonly removed?: { readonly resources: number };
}

export interface StackFacts {
  readonly name: string;
  readonly pulumiStack: string;
  readonly layer: string;
  readonly path: string;
  readonly upstream: readonly string[];
  readonly files: number;
}

/** The environments that a commit of this clone declares, and those that are live although their folder is gone. */
export async function describeEnvironments(estate: Estate, ref: string): Promise<readonly EnvironmentFacts[]> {
  const commit = await estate.repository.fetchLocal(estate.root, ref);
  const tree = await treeOf(estate.repository, commit);
  const facts: EnvironmentFacts[] = [];
  for (const name of await estate.programs.environments(tree)) {
    const environment = await estate.programs.environment(tree, name);
    facts.push({ name, branch: environment.branch, cloud: environment.cloud, stacks: environment.stacks.map((stack) => stack.name) });
  }
  return [...facts, ...(await removedEnvironments(estate, new Set(facts.map(({ name }) => name))))];
}

/** Environments of which only the ledger knows, and that have stacks left. As of the last fetch where the remote is away. */
async function removedEnvironments(estate: Estate, declared: ReadonlySet<string>): Promise<readonly EnvironmentFacts[]> {
  await estate.repository.fetch().catch(() => undefined);
  const found: EnvironmentFacts[] = [];
  for (const name of await ledgerNames(estate)) {
    if (declared.has(name)) continue;
    const live = (await (await ledgerOf(estate, name)).read({ fetch: false }))?.environment;
    const stacks = stacksLeft(live);
    if (live === undefined || stacks.length === 0) continue;
    const resources = stacks.reduce((sum, stack) => sum + (live.stacks[stack]?.resources ?? 0), 0);
    found.push({ name, branch: live.branch?.name ?? "", cloud: live.identity?.cloud === "real" ? "real" : "sandbox", stacks, removed: { resources } });
  }
  return found;
}

/** The stacks of an environment at the head of its branch, in the order in which they are applied. */
export async function describeStacks(estate: Estate, environment: string, only: string | undefined): Promise<readonly StackFacts[]> {
  await estate.repository.fetch();
  const branch = await environmentBranch(estate, environment, undefined);
  const revision = await readRevision(estate, branch.head, environment);
  const reads = Object.fromEntries(revision.closures.map((closure) => [closure.stack, closure.reads ?? []]));
  const graph = stackGraph(revision.environment, reads);
  if (only !== undefined && !graph.stacks.has(only)) {
    throw new Problem("STACK_UNKNOWN", {
      what: `${environment} has no stack "${only}"`,
      on: `environments/${environment}/environment.ts`,
      todo: `Known: ${graph.order.join(", ")}.${didYouMean(only, graph.order)}`,
    });
  }
  return graph.order
    .filter((name) => only === undefined || name === only)
    .flatMap((name) => {
      const stack = graph.stacks.get(name);
      const closure = revision.closures.find((one) => one.stack === name);
      if (stack === undefined) return [];
      return [
        {
          name,
          pulumiStack: stack.pulumiStack,
          layer: stack.layer,
          path: stack.path,
          upstream: graph.upstream.get(name) ?? [],
          files: Object.keys(closure?.files ?? {}).length,
        },
      ];
    });
}
