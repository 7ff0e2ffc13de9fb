import { asProblem, type Problem } from "../../base/problem/index.ts";
import { ledgerOf, treeOf, type Estate } from "../estate/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import { writeBack, type Written } from "../write-back/index.ts";

type Veto = EnvironmentRecord["vetoes"][number];

/** What is live is not what the branch says, and nobody has said so in git yet. */
function unwritten({ vetoes }: EnvironmentRecord): readonly Veto[] {
  return vetoes.filter(
    ({ state, writtenBack, commits = [] }) => (state === "rolledBack" || state === "failed") && writtenBack === undefined && commits.length > 0,
  );
}

/** Whether a run that is over still has something to write to git; it may have died before it could. */
export function hasUnwritten(record: EnvironmentRecord): boolean {
  return unwritten(record).length > 0;
}

export interface TakenOut {
  readonly written: readonly Written[];
  /** Why something is left to the next run. */
  readonly problem: Problem | undefined;
}

async function recordOf(estate: Estate, environment: string): Promise<EnvironmentRecord | undefined> {
  return (await (await ledgerOf(estate, environment)).read({ fetch: false }))?.environment;
}

async function write(estate: Estate, record: EnvironmentRecord, { closureDigests, commits = [], reason, run }: Veto): Promise<Written> {
  const { environment, branch } = record;
  // The rules that hold, and not those of what failed.
  const rules = await estate.programs.environment(await treeOf(estate.repository, branch?.head ?? commits[0] ?? ""), environment);
  return writeBack(estate, { environment, branch: branch?.name ?? rules.branch, commits, reason, run, stacks: Object.keys(closureDigests), rules });
}

/**
 * Takes out of the environment's branch what failed and is not live, as its rules say. Never throws: what cannot be written now is left to whoever ends the
 * next run. As last fetched.
 */
export async function takeOutFailed(estate: Estate, environment: string): Promise<TakenOut> {
  const written: Written[] = [];
  // Of a ledger that cannot be read, or is not to be trusted, whoever works with it tells.
  const record = await recordOf(estate, environment).catch(() => undefined);
  if (record === undefined || record.lease !== null) return { written, problem: undefined };
  try {
    for (const veto of unwritten(record)) written.push(await write(estate, record, veto));
    return { written, problem: undefined };
  } catch (thrown) {
    const problem = asProblem(thrown, `environment ${environment}`);
    estate.observe({ kind: "step", text: `what failed is not taken out of the branch yet: ${problem.what}` });
    return { written, problem };
  }
}

/** What a person does next, where it was taken out; undefined where nothing was. */
export function nextAfter(written: readonly Written[]): string | undefined {
  const [first] = written;
  switch (first?.kind) {
    case "pull-request":
      return `merge #${first.number}, which takes it out of the branch: ${first.url}`;
    case "branch":
      return `merge ${first.name}, which takes it out of the branch`;
    case "commit":
      return `${first.sha.slice(0, 7)} took it out of the branch`;
    case "conflict":
      return `take it out of the branch by hand: ${first.files.slice(0, 3).join(", ")} changed since`;
    case "none":
    case "nothing":
    case undefined:
      return undefined;
  }
}
