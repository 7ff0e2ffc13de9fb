import { didYouMean, Problem } from "../../base/problem/index.ts";
import type { Sha } from "../../adapters/git/index.ts";
import type { Estate } from "./estate.ts";
import { treeOf } from "./estate.ts";

export interface EnvironmentBranch {
  readonly name: string;
  readonly head: Sha;
}

async function headOf(estate: Estate, branch: string): Promise<EnvironmentBranch | undefined> {
  const head = await estate.repository.branch(branch);
  return head === undefined ? undefined : { name: branch, head };
}

async function declaredBranch(estate: Estate, commit: Sha, environment: string): Promise<string | undefined> {
  const tree = await treeOf(estate.repository, commit);
  const names = await estate.programs.environments(tree);
  if (!names.includes(environment)) {
    throw new Problem("ENVIRONMENT_UNKNOWN", {
      what: `there is no environment "${environment}"`,
      on: `environments/ at ${commit.slice(0, 7)}`,
      todo: `${didYouMean(environment, names).trim()} Known: ${names.join(", ") || "none; make environments/<name>/environment.ts"}.`.trim(),
    });
  }
  return (await estate.programs.environment(tree, environment)).branch;
}

/**
 * The branch of an environment and its head on the remote, as last fetched. `recorded` is the name that the ledger knows; a new environment is
 * looked for on `env/<name>` and then where `main` says. Raises BRANCH_MISSING, ENVIRONMENT_UNKNOWN.
 */
export async function environmentBranch(estate: Estate, environment: string, recorded: string | undefined): Promise<EnvironmentBranch> {
  if (recorded !== undefined) {
    const found = await headOf(estate, recorded);
    if (found !== undefined) return found;
    throw new Problem("BRANCH_MISSING", {
      what: `the branch ${recorded} of ${environment} is gone from the remote; nothing is destroyed because of that`,
      on: `refs/heads/${recorded}`,
      todo: `Push it again (git push origin <commit>:refs/heads/${recorded}), or retire the environment's stacks first.`,
    });
  }
  const usual = await headOf(estate, `env/${environment}`);
  if (usual !== undefined) return usual;
  const main = await headOf(estate, "main");
  const branch = main === undefined ? undefined : await declaredBranch(estate, main.head, environment);
  const found = branch === undefined ? undefined : await headOf(estate, branch);
  if (found !== undefined) return found;
  throw new Problem("BRANCH_MISSING", {
    what: `the environment ${environment} has no branch on the remote`,
    on: `refs/heads/${branch ?? `env/${environment}`}`,
    todo: `Push one: git push origin main:refs/heads/${branch ?? `env/${environment}`}`,
  });
}
