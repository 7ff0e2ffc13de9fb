import { Problem } from "../../base/problem/index.ts";
import { publicAddress } from "../../base/secret/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import { readRevision, type Estate, type Revision } from "../estate/index.ts";
import type { EnvironmentRecord, StackRecord } from "../ledger/index.ts";

/** Where an environment keeps its states, and what opens them. */
type Keeping = Pick<Environment, "backend" | "secrets">;

const isKeptBy = (record: Pick<StackRecord, "backend">, { backend }: Pick<Keeping, "backend">): boolean => record.backend === publicAddress(backend);

/**
 * Why a stack may not be brought to a commit that keeps its state elsewhere than where it was worked on last: what is kept there, an older copy perhaps, knows
 * nothing of what was made since. undefined where it is the same place, or nothing is on record.
 */
export function otherBackend(record: StackRecord | undefined, { environment }: Pick<Revision, "environment">, on: string): Problem | undefined {
  if (record === undefined || isKeptBy(record, environment)) return undefined;
  return new Problem("GUARD_REFUSED", {
    what: `its state is kept in ${record.backend} now, and its last good commit keeps it in ${publicAddress(environment.backend)}: what was made since is not known there`,
    on,
    todo: `Nothing of it was touched. Push what mends it, with the state where it is now; then: trueup apply ${environment.name}`,
  });
}

/**
 * The environment with its states where this one is on record: as it says itself, or as the first of `others` that names that place, which also says what opens
 * them. The record alone would not do: it has no credentials. undefined where none of them names it. Pure.
 */
export function keptAsRecorded<Own extends Keeping>(record: Pick<StackRecord, "backend">, own: Own, others: readonly Keeping[]): Own | undefined {
  if (isKeptBy(record, own)) return own;
  const found = others.find((one) => isKeptBy(record, one));
  return found === undefined ? undefined : { ...own, backend: found.backend, secrets: found.secrets };
}

/** What commits say of where states are; one that cannot be read says nothing. */
async function keepingsAt(estate: Estate, commits: readonly (string | null | undefined)[], name: string): Promise<readonly Keeping[]> {
  const found: Keeping[] = [];
  for (const commit of new Set(commits)) {
    const revision = commit === null || commit === undefined ? undefined : await readRevision(estate, commit, name).catch(() => undefined);
    if (revision !== undefined) found.push(revision.environment);
  }
  return found;
}

/**
 * A revision to look at what a stack is now: its own program, on the state that was worked on last. A commit that names another backend and fails, or a rebuild
 * from an older commit, leaves the last good one naming a place where an older copy may lie. undefined where no commit that may have brought the state
 * to its place names it.
 */
export async function revisionAsKept(
  estate: Estate,
  revision: Revision,
  { stack, live }: { readonly stack: string; readonly live: EnvironmentRecord | undefined },
): Promise<Revision | undefined> {
  const record = live?.stacks[stack];
  if (record === undefined || isKeptBy(record, revision.environment)) return revision;
  const branch = live?.branch ?? undefined;
  const head = branch === undefined ? undefined : await estate.repository.branch(branch.name);
  const others = await keepingsAt(estate, [record.commit, branch?.head, head], revision.environment.name);
  const environment = keptAsRecorded(record, revision.environment, others);
  return environment === undefined ? undefined : { ...revision, environment };
}

/** What a stack is told with whose state is where no commit says. */
export function keptNowhere(live: EnvironmentRecord, { environment, stack }: { readonly environment: string; readonly stack: string }): Problem {
  return new Problem("GUARD_REFUSED", {
    what: `its state is kept in ${live.stacks[stack]?.backend ?? "another place"} by the ledger, and neither its last commits nor the branch name that place: elsewhere an older copy of it may lie`,
    on: `${environment}.${stack}`,
    todo: `Nothing of it was touched. Name that place as \`backend\` in environments/${environment}/environment.ts again; then: trueup apply ${environment}`,
  });
}
