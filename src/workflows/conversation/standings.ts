import { asProblem, type Problem } from "../../base/problem/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import type { EnvironmentStanding, Lock } from "../../domain/conversation/index.ts";
import { holdsAt } from "../../domain/gates/index.ts";
import type { Tree } from "../../adapters/programs/index.ts";
import { ledgerOf, treeOf, type Estate } from "../estate/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";

/** What holds in the environments of a branch: the rules as the branch itself says them, runs and locks as the ledger does. */
export interface Standings {
  readonly environments: Readonly<Record<string, EnvironmentStanding>>;
  /** Environments whose folder or ledger cannot be read; whether they live on this branch may not be known. */
  readonly broken: Readonly<Record<string, Problem>>;
}

/** What a comment may unlock: holds. A pin or a freeze is another thing, lifted where it was set. */
export function locksOf(record: EnvironmentRecord, now: Date): readonly Lock[] {
  return holdsAt(record, now).flatMap(({ kind, id, by, stacks }) => (kind === "hold" ? [{ id, by, stacks }] : []));
}

function standingOf(environment: Environment, record: EnvironmentRecord | undefined, now: Date): EnvironmentStanding {
  const lease = record?.lease ?? undefined;
  return {
    approvals: environment.approvals,
    stacks: [...new Set([...environment.stacks.map((stack) => stack.name), ...Object.keys(record?.stacks ?? {})])].sort(),
    ...(lease === undefined ? {} : { run: { id: lease.run, by: lease.who } }),
    locks: record === undefined ? [] : locksOf(record, now),
  };
}

type Found = { readonly standing: EnvironmentStanding } | { readonly broken: Problem } | { readonly elsewhere: true };

async function oneOf(estate: Estate, tree: Tree, { name, branch }: { readonly name: string; readonly branch: string }): Promise<Found> {
  try {
    const environment = await estate.programs.environment(tree, name);
    if (environment.branch !== branch) return { elsewhere: true };
    const snapshot = await (await ledgerOf(estate, name)).read({ fetch: false });
    return { standing: standingOf(environment, snapshot?.environment, estate.clock.now()) };
  } catch (thrown) {
    return { broken: asProblem(thrown, `environment ${name}`) };
  }
}

/** One broken environment must not keep the others from being spoken to. Fetches. */
export async function standingsOn(estate: Estate, branch: string): Promise<Standings> {
  await estate.repository.fetch();
  const head = await estate.repository.branch(branch);
  if (head === undefined) return { environments: {}, broken: {} };
  const tree = await treeOf(estate.repository, head);
  const names = await estate.programs.environments(tree);
  // Asked for in one turn, so that they are evaluated by one child.
  const found = await Promise.all(names.map(async (name) => [name, await oneOf(estate, tree, { name, branch })] as const));
  return {
    environments: Object.fromEntries(found.flatMap(([name, one]) => ("standing" in one ? [[name, one.standing]] : []))),
    broken: Object.fromEntries(found.flatMap(([name, one]) => ("broken" in one ? [[name, one.broken]] : []))),
  };
}
