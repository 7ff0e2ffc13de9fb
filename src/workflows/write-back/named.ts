import { Problem } from "../../base/problem/index.ts";
import type { Sha } from "../../adapters/git/index.ts";
import type { Estate } from "../estate/index.ts";
import type { Line } from "./line.ts";

interface Branch {
  readonly name: string;
  readonly line: Line;
}

function refused(what: string, on: string, todo: string): Problem {
  return new Problem("REF_INVALID", { what, on, todo: `${todo} Nothing was changed.` });
}

/** The oldest commit of the line that has it: the merge by which it came. */
async function broughtBy({ repository }: Estate, { commits }: Line, sha: Sha): Promise<Sha | undefined> {
  let found: Sha | undefined;
  for (const commit of commits) {
    if (!(await repository.isAncestor(sha, commit.sha))) break;
    found = commit.sha;
  }
  return found;
}

async function namedOne(estate: Estate, { name, line }: Branch, words: string): Promise<Sha> {
  const sha = await estate.repository.resolve(words);
  const short = sha.slice(0, 7);
  const found = line.commits.find((one) => one.sha === sha);
  if (found?.parents.length === 0)
    throw refused(`${short} is the first commit of ${name}: there is nothing before it`, `branch ${name}`, "Name a later one: git log --first-parent.");
  if (found !== undefined) return sha;
  const on = `branch ${name} at ${line.head.slice(0, 7)}`;
  if (!(await estate.repository.isAncestor(sha, line.head)))
    throw refused(`${short} is not on ${name}`, on, `Name a commit that is: git log --first-parent origin/${name}.`);
  const merge = await broughtBy(estate, line, sha);
  const todo =
    merge === undefined ? `Name a newer one: git log --first-parent origin/${name}.` : `Take back what it came with: --commit ${merge.slice(0, 10)}.`;
  throw refused(`${short} came to ${name} inside of a merge, which is taken back as a whole`, on, todo);
}

/** Commits as people wrote them. Raises REF_INVALID for what is no commit, not on the branch, inside of a merge, or has nothing before it. */
export async function namedCommits(estate: Estate, branch: Branch, named: readonly string[]): Promise<readonly Sha[]> {
  const found: Sha[] = [];
  for (const words of named) found.push(await namedOne(estate, branch, words));
  return [...new Set(found)];
}
