import { asProblem, Problem } from "../../base/problem/index.ts";
import type { CommitFacts, Sha } from "../../adapters/git/index.ts";
import { closureDigest } from "../../domain/planner/index.ts";
import type { RollbackReport } from "../../domain/reports/index.ts";
import { titleOf } from "../../domain/write-back/index.ts";
import { environmentBranch, ledgerOf, readRevision, refuseActing, type Estate } from "../estate/index.ts";
import { readLine, type Line } from "./line.ts";
import { namedCommits } from "./named.ts";
import { newestCommits } from "./newest.ts";
import type { Written } from "./request.ts";
import { takeBack, type Without } from "./take-back.ts";
import { writeBack } from "./write-back.ts";

/** What a person wants to roll back. */
export interface RollbackAsked {
  readonly environment: string;
  /** As people write them; none: the newest that brought what is live. */
  readonly commits: readonly string[];
  /** Whose newest commits; none: those of the environment. */
  readonly stacks: readonly string[];
  /** One line; empty where nobody said. */
  readonly reason: string;
  readonly by: string;
}

/** Stacks that would be something else without the commits, or why that cannot be told. */
async function changedStacks(estate: Estate, environment: string, trees: { readonly head: Sha; readonly tree: Sha }): Promise<RollbackReport["changes"]> {
  try {
    const [now, then] = [await readRevision(estate, trees.head, environment), await readRevision(estate, trees.tree, environment)];
    const before = new Map(now.closures.map((closure) => [closure.stack, closureDigest(closure)]));
    const after = new Map(then.closures.map((closure) => [closure.stack, closureDigest(closure)]));
    const names = [...new Set([...before.keys(), ...after.keys()])].sort();
    return { stacks: names.filter((name) => before.get(name) !== after.get(name)) };
  } catch (thrown) {
    return { unknown: asProblem(thrown, `environment ${environment}`).what };
  }
}

function conflict({ environment }: RollbackAsked, branch: string, files: readonly string[]): Problem {
  return new Problem("MERGE_CONFLICT", {
    what: `it cannot be taken back by itself, later commits changed the same: ${files.slice(0, 5).join(", ")}${files.length > 5 ? ` and ${files.length - 5} more` : ""}`,
    on: `environment ${environment}, branch ${branch}`,
    todo: "Take the later commits back too (--commit, one for each), or revert by hand: git revert -m 1 <merge>. Nothing was changed.",
    detail: files.join("\n"),
  });
}

const told = ({ sha, subject, body, author }: CommitFacts): RollbackReport["commits"][number] => ({
  sha,
  title: titleOf({ subject, body }),
  author: author.name,
});

async function commitsOf(estate: Estate, asked: RollbackAsked): Promise<{ readonly branch: string; readonly commits: readonly Sha[]; readonly line: Line }> {
  const { environment } = asked;
  const ledger = await ledgerOf(estate, environment);
  const live = (await ledger.read({ fetch: false }))?.environment;
  const { name, head } = await environmentBranch(estate, environment, live?.branch?.name);
  if (live === undefined || Object.keys(live.stacks).length === 0) {
    throw new Problem("USAGE", {
      what: `nothing of ${environment} is live: there is nothing to roll back`,
      on: `environment ${environment}`,
      todo: `Nothing was changed. See what there is: trueup status ${environment}`,
    });
  }
  // What was taken back before is needed to tell what brought what is live: of the whole line.
  const line = await readLine(estate, head);
  if (asked.commits.length > 0) return { branch: name, line, commits: await namedCommits(estate, { name, line }, asked.commits) };
  return { branch: name, line, commits: await newestCommits(estate, { ledger, live, line }, asked.stacks) };
}

function reportOf(
  asked: RollbackAsked,
  found: { readonly branch: string; readonly commits: readonly CommitFacts[]; readonly without: Without },
): Omit<RollbackReport, "changes" | "written"> {
  const { environment, reason, by } = asked;
  const { branch, commits, without } = found;
  return { environment, branch, reason, by, commits: commits.map(told), files: without.kind === "tree" ? without.files : [] };
}

/**
 * Proposes to take something out of an environment's branch, for a person: the same pull request as after a rollback, whatever `writeBack` says. Nothing of
 * what is live changes by it. Raises what writeBack does, and USAGE, STACK_UNKNOWN, REF_INVALID, MERGE_CONFLICT: then nothing was changed.
 */
export async function proposeRollback(estate: Estate, asked: RollbackAsked): Promise<RollbackReport> {
  const { environment, reason, by } = asked;
  refuseActing(estate.machine, environment);
  await estate.repository.fetch();
  const { branch, commits, line } = await commitsOf(estate, asked);
  const without = await takeBack(estate, line, commits);
  const changes = without.kind === "tree" ? await changedStacks(estate, environment, { head: line.head, tree: without.tree }) : { stacks: [] };
  const stacks = "stacks" in changes ? changes.stacks : [];
  const written: Written = await writeBack(estate, { environment, branch, commits, stacks, reason, by, rules: { writeBack: "pr" } });
  if (written.kind === "conflict") throw conflict(asked, branch, written.files);
  const facts = line.commits.filter(({ sha }) => commits.includes(sha));
  return { ...reportOf(asked, { branch, commits: facts, without }), changes, written };
}
