import { Problem } from "../../base/problem/index.ts";
import type { Comment, Saved } from "./forge.ts";

/** The comments of one conversation, as a host offers them. */
export interface Conversation {
  /** All pages, any order, read anew each time. */
  readonly list: () => Promise<readonly Comment[]>;
  /** Not tried again by itself when the answer is lost: the protocol below looks whether it is there. */
  readonly create: (body: string) => Promise<Comment>;
  /** FORGE_MISSING when it is gone. */
  readonly edit: (id: string, body: string) => Promise<Comment>;
  /** FORGE_MISSING when it is gone. */
  readonly remove: (id: string) => Promise<void>;
  /** Whether what is not its text is as it should be. Left out: there is nothing else. */
  readonly isKept?: (kept: Comment) => boolean;
  /** Waits before another try; false, at once, when the deadline would come first. */
  readonly pause?: (ms: number) => Promise<boolean>;
}

/** Each round ends the protocol unless somebody else deleted what it had settled on, or an answer was lost. */
const mostRounds = 4;
const firstPauseMs = 250;

const isProblem = (thrown: unknown, code: Problem["code"]): boolean => thrown instanceof Problem && thrown.code === code;

function byAge(a: Comment, b: Comment): number {
  const age = Date.parse(a.createdAt) - Date.parse(b.createdAt);
  // Hosts tell time in seconds and number upwards. Numbers of another length are never equal, so text order is enough inside one length.
  return age || a.id.length - b.id.length || (a.id < b.id ? -1 : 1);
}

/** Hosts turn line ends into their own and cut trailing space. */
const asKept = (body: string): string => body.replaceAll("\r\n", "\n").trimEnd();

async function listOurs(conversation: Conversation, marker: string): Promise<Comment[]> {
  return (await conversation.list()).filter((comment) => comment.ours && comment.body.startsWith(marker)).sort(byAge);
}

/** Undefined: the answer was lost, and whether it is there has to be looked up. */
async function createOrLose(conversation: Conversation, body: string, round: number): Promise<Comment | undefined> {
  try {
    return await conversation.create(body);
  } catch (thrown) {
    const mayTryAgain = isProblem(thrown, "FORGE_UNREACHABLE") && round < mostRounds;
    if (mayTryAgain && (await conversation.pause?.(firstPauseMs * 2 ** (round - 1))) !== false) return undefined;
    throw thrown;
  }
}

async function removeAll(conversation: Conversation, surplus: readonly Comment[]): Promise<void> {
  for (const comment of surplus) {
    try {
      await conversation.remove(comment.id);
    } catch (thrown) {
      if (!isProblem(thrown, "FORGE_MISSING")) throw thrown;
    }
  }
}

/**
 * Writes the one comment of ours that starts with `marker`. Hosts have no "create unless there": so who created looks again, and everybody who
 * sees several keeps the oldest and removes the others of ours. All runs agree on the oldest, so exactly one stays.
 */
export async function saveOnce(conversation: Conversation, marker: string, body: string): Promise<Saved> {
  const text = body.startsWith(marker) ? body : `${marker}\n${body}`;
  for (let round = 1; ; round++) {
    let ours = await listOurs(conversation, marker);
    if (ours.length === 0) {
      const created = await createOrLose(conversation, text, round);
      if (created === undefined) continue;
      ours = await listOurs(conversation, marker);
      // A replica of the host may not know it yet.
      if (!ours.some((comment) => comment.id === created.id)) ours = [...ours, created].sort(byAge);
    }
    const [kept, ...surplus] = ours as [Comment, ...Comment[]];
    await removeAll(conversation, surplus);
    try {
      const isKept = asKept(kept.body) === asKept(text) && conversation.isKept?.(kept) !== false;
      const { id, url } = isKept ? kept : await conversation.edit(kept.id, text);
      return { id, url };
    } catch (thrown) {
      if (!isProblem(thrown, "FORGE_MISSING") || round === mostRounds) throw thrown;
    }
  }
}

interface Lane<T> {
  next: { run: () => Promise<T>; readonly settled: PromiseWithResolvers<T> } | undefined;
}

/**
 * One at a time per key; of those that come meanwhile only the newest is done, and all who waited get its answer.
 * So a comment that is edited faster than the host allows is edited less often, and ends with the newest body.
 */
export class NewestWins<T> {
  readonly #lanes = new Map<string, Lane<T>>();

  run(key: string, run: () => Promise<T>): Promise<T> {
    const lane = this.#lanes.get(key);
    if (lane !== undefined) {
      lane.next ??= { run, settled: Promise.withResolvers<T>() };
      lane.next.run = run;
      return lane.next.settled.promise;
    }
    const own: Lane<T> = { next: undefined };
    this.#lanes.set(key, own);
    return run().finally(() => this.#follow(key, own));
  }

  #follow(key: string, lane: Lane<T>): void {
    const { next } = lane;
    lane.next = undefined;
    if (next === undefined) {
      this.#lanes.delete(key);
      return;
    }
    void next
      .run()
      .then(next.settled.resolve, next.settled.reject)
      .finally(() => this.#follow(key, lane));
  }
}
