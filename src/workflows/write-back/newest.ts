import { didYouMean, Problem } from "../../base/problem/index.ts";
import type { Sha } from "../../adapters/git/index.ts";
import { isOurRevert } from "../../domain/write-back/index.ts";
import type { Estate } from "../estate/index.ts";
import type { EnvironmentRecord, Ledger } from "../ledger/index.ts";
import { messagesOf, type Line } from "./line.ts";

interface Place {
  readonly ledger: Ledger;
  readonly live: EnvironmentRecord;
  readonly line: Line;
}

async function unitOf(ledger: Ledger, run: string, stack: string): Promise<readonly Sha[]> {
  // A record that is gone or not to be read tells nothing; what the stack itself says stands.
  const record = await ledger.run(run).catch(() => undefined);
  return record?.units.find(({ stacks }) => stacks.some((one) => one.stack === stack))?.commits ?? [];
}

/** The unit by which a stack came to be what it is: the one that failed last and is still on the branch, else the one that was good last. */
async function broughtBy({ ledger, live, line }: Place, stack: string): Promise<readonly Sha[]> {
  const there = (commits: readonly Sha[]): readonly Sha[] => line.commits.flatMap(({ sha }) => (commits.includes(sha) ? [sha] : []));
  for (const { run, closureDigests, commits } of [...live.vetoes].reverse()) {
    if (!Object.hasOwn(closureDigests, stack)) continue;
    const failed = there(commits ?? (await unitOf(ledger, run, stack))).filter((sha) => !line.gone.has(sha));
    if (failed.length > 0) return failed;
  }
  const record = live.stacks[stack];
  if (record === undefined) return [];
  const last = record.result === "good" && record.lastGood !== null ? record.lastGood : record;
  const unit = last.run === null ? [] : there(await unitOf(ledger, last.run, stack));
  return unit.length > 0 ? unit : there(last.commit === null ? [] : [last.commit]);
}

function unknown({ live }: Place, stack: string): Problem {
  const known = Object.keys(live.stacks).sort();
  return new Problem("STACK_UNKNOWN", {
    what: `nothing of a stack "${stack}" is live in ${live.environment}`,
    on: `environment ${live.environment}`,
    todo: `${didYouMean(stack, known)} Live: ${known.join(", ") || "none"}. Nothing was changed.`.trim(),
  });
}

/** Twice back would be forward. */
async function refuseReverts(estate: Estate, { live, line }: Place, commits: readonly Sha[]): Promise<void> {
  for (const commit of line.commits.filter(({ sha }) => commits.includes(sha))) {
    if (!(await messagesOf(estate, commit)).some(isOurRevert)) continue;
    const short = commit.sha.slice(0, 10);
    throw new Problem("USAGE", {
      what: `what is live came by ${short.slice(0, 7)}, which is a rollback itself`,
      on: `environment ${live.environment}`,
      todo: `Name the commit to go behind: --commit <sha>; or --commit ${short}, to put back what that took. Nothing was changed.`,
    });
  }
}

/**
 * The commits of the newest unit that brought what is live of an environment; of some stacks, the newest of each. Newest first. Raises STACK_UNKNOWN,
 * and USAGE where nothing that is on the branch brought it.
 */
export async function newestCommits(estate: Estate, place: Place, stacks: readonly string[]): Promise<readonly Sha[]> {
  const { live, line } = place;
  const stranger = stacks.find((stack) => live.stacks[stack] === undefined);
  if (stranger !== undefined) throw unknown(place, stranger);
  const asked = stacks.length > 0 ? stacks : Object.keys(live.stacks);
  const brought = await Promise.all(asked.map(async (stack) => broughtBy(place, stack)));
  const position = (commits: readonly Sha[]): number => line.commits.findIndex(({ sha }) => commits.includes(sha));
  const found = brought.filter((commits) => commits.length > 0).sort((a, b) => position(a) - position(b));
  const wanted = new Set(stacks.length > 0 ? found.flat() : found[0]);
  const commits = line.commits.flatMap(({ sha }) => (wanted.has(sha) ? [sha] : []));
  if (commits.length > 0) {
    await refuseReverts(estate, place, commits);
    return commits;
  }
  throw new Problem("USAGE", {
    what: `nothing on the branch brought what is live of ${stacks.join(", ") || live.environment}`,
    on: `environment ${live.environment}`,
    todo: "Name what to take back: --commit <sha>. Nothing was changed.",
  });
}
