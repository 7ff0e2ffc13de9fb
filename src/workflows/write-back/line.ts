import type { CommitFacts, Sha } from "../../adapters/git/index.ts";
import { takenBackOn, type LineCommit } from "../../domain/write-back/index.ts";
import type { Estate } from "../estate/index.ts";

/** First-parent commits that are looked back: what failed is among the newest. */
const mostLooked = 2_000;

const messageOf = ({ subject, body }: CommitFacts): string => `${subject}\n\n${body}`;

/** One branch as it is now, and what of it was taken back and is so still. */
export interface Line {
  readonly head: Sha;
  /** Newest first. */
  readonly commits: readonly CommitFacts[];
  readonly gone: ReadonlySet<Sha>;
}

async function withBrought({ repository }: Estate, commit: CommitFacts): Promise<LineCommit> {
  const brought = commit.parents.slice(1);
  const heads = await Promise.all(brought.map(async (sha) => repository.commit(sha)));
  return { sha: commit.sha, brought, messages: [commit, ...heads].map(messageOf) };
}

/** What became of some commits, or of all that are looked at, as last fetched. */
export async function readLine(estate: Estate, head: Sha, wanted?: readonly Sha[]): Promise<Line> {
  const oldestFirst = await estate.repository.firstParents(undefined, head, mostLooked);
  const first = wanted === undefined ? 0 : oldestFirst.findIndex(({ sha }) => wanted.includes(sha));
  const since = first < 0 ? [] : oldestFirst.slice(first);
  const line = await Promise.all(since.map(async (commit) => withBrought(estate, commit)));
  return { head, commits: [...oldestFirst].reverse(), gone: takenBackOn(line) };
}

/** All that a commit of the line says of itself. */
export async function messagesOf(estate: Estate, commit: CommitFacts): Promise<readonly string[]> {
  return (await withBrought(estate, commit)).messages;
}
