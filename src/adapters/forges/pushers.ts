import type { PullRequest } from "./forge.ts";

/** One push to one branch, as a host's activity tells it. */
export interface BranchPush {
  /** Undefined where the host does not say. */
  readonly by: string | undefined;
  /** Undefined: it made the branch. */
  readonly from: string | undefined;
  /** Undefined: it deleted the branch. */
  readonly to: string | undefined;
  /** Known to replace what was there, and not only to add to it. */
  readonly forced?: boolean;
}

/** What of a pull request tells its own pushes from those before it. */
export interface Pushed {
  readonly head: string;
  /** Whether a commit that the branch was at before may be one of its own; else everything that is its own came later. */
  readonly mayHold: (commit: string) => boolean;
}

/** "open": pushes further back are missing. "broken": one in between is. */
export interface Walk {
  readonly logins: readonly string[];
  readonly state: "complete" | "open" | "broken";
  /** A push that is told, and of whom is not. */
  readonly nameless?: boolean;
}

/** Goes back push by push, each of which must begin where the one before it ended. */
class Walker {
  readonly #logins = new Set<string>();
  readonly #of: Pushed;
  #at: string;
  #began = false;
  #nameless = false;

  constructor(of: Pushed) {
    this.#of = of;
    this.#at = of.head;
  }

  /** The walk, where it ends here. */
  step({ by, from, to, forced = false }: BranchPush): Walk | undefined {
    if (this.#began) {
      const isRestored = to === undefined && from === this.#at;
      if (!isRestored) return this.walk("complete");
      this.#began = false;
      return undefined;
    }
    if (to !== this.#at) return this.walk("broken");
    if (by === undefined) this.#nameless = true;
    else this.#logins.add(by);
    if (from === undefined) this.#began = true;
    else if (!forced && !this.#of.mayHold(from)) return this.walk("complete");
    else this.#at = from;
    return undefined;
  }

  /** At the end of what is told. */
  end(): Walk {
    return this.walk(this.#began ? "complete" : "open");
  }

  walk(state: Walk["state"]): Walk {
    return { logins: [...this.#logins], state, ...(this.#nameless ? { nameless: true } : {}) };
  }
}

/**
 * Who pushed what a pull request has, of the pushes to its branch, the newest first. Commits cannot say it: their names and addresses are whatever
 * somebody wrote into them. What was pushed after its head (a branch goes on after a merge) and the earlier life of a branch of that name do not count;
 * one that was deleted and restored as it was goes on.
 */
export function walkPushes(pushes: readonly BranchPush[], of: Pushed): Walk {
  const newest = pushes.findIndex(({ to }) => to === of.head);
  const walker = new Walker(of);
  if (newest < 0) return walker.end();
  for (const push of pushes.slice(newest)) {
    const ended = walker.step(push);
    if (ended !== undefined) return ended;
  }
  return walker.end();
}

/** What a pull request says of who pushed it. */
export type ToldPushers = Pick<PullRequest, "pushers" | "pushersUnknown">;

/** Why a walk does not name everybody; undefined where it does. */
export function whyUnknown({ state, nameless }: Walk, { host, branch }: { readonly host: string; readonly branch: string }): string | undefined {
  if (state !== "complete") return `${host} does not tell every push to ${branch}`;
  return nameless === true ? `${host} does not say whose every push to ${branch} was` : undefined;
}
