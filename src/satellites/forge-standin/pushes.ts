import type { Model } from "./model.ts";

/** A push as the host's activity tells it: who signed in, whatever the commits say. */
export interface Push {
  readonly by: string;
  readonly branch: string;
  /** Undefined: it made the branch. */
  readonly from: string | undefined;
  /** Undefined: it deleted the branch. */
  readonly to: string | undefined;
  /** A merge of a pull request into the branch. */
  readonly merges?: boolean;
  /** Nobody signed in for it. */
  readonly guessed?: boolean;
  readonly at: Date;
}

export function notePush(model: Model, moved: Omit<Push, "at">): void {
  if (moved.from === moved.to) return;
  const last = model.pushes.findLast((push) => push.branch === moved.branch);
  // Seen on disk while it was still on its way through the door.
  if (last?.guessed === true && last.to === moved.to) model.pushes.splice(model.pushes.indexOf(last), 1);
  model.pushes.push({ ...moved, at: model.now() });
}

/**
 * Tests of other rooms move branches by the file system, past every door: as no host would see it. For those the tip's author, where that is a
 * member, is taken for who pushed.
 */
export function notePastDoors(model: Model, branch: string, to: string): void {
  const last = model.pushes.findLast((push) => push.branch === branch);
  if (last?.to === to) return;
  const author = model.git.commit(to)?.author;
  const member = [...model.people.values()].find(({ email, login }) => email === author?.email || login === author?.name.toLowerCase());
  notePush(model, { by: member?.login ?? "ann", branch, from: last?.to, to, guessed: true });
}
