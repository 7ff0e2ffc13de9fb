/** Every command that a comment may give, declared once: grammar, help, rights and docs/commands.md derive from this table. */

/** Who may give a command, weakest first. What each means is decided in rights.ts. */
export type Right = "reader" | "writer or author" | "writer" | "named writer" | "approver" | "starter or maintainer" | "locker or maintainer";

export interface VerbFacts {
  readonly does: string;
  readonly right: Right;
  /** A text in quotes: why. */
  readonly text: "none" | "optional" | "needed";
  /** May be narrowed with --stack. Not where one merge succeeds or fails as a whole. */
  readonly stack: boolean | "needed";
  /** Is about one finding of drift, by the id that reports show. */
  readonly finding?: "optional" | "needed";
  /** Ends by itself: with --until, a date. */
  readonly until?: "needed";
  /** Without --env: "all" environments of the pull request, "one" asks which when there are several, "none" takes no --env. */
  readonly environments: "all" | "one" | "none";
  /** Acts on what people saw when the comment was written: refused when the head moved since. */
  readonly bound: boolean;
  /** Changes the cloud, the ledger or a run: executed once at most, and not after another command of the comment went wrong. */
  readonly changes: boolean;
  /** States of a pull request in which it means something. */
  readonly on: readonly ("open" | "merged" | "closed")[];
}

const always = ["open", "merged", "closed"] as const;
const living = ["open", "merged"] as const;
const looks = { text: "none", environments: "all", bound: false, changes: false } as const;
const acts = { text: "none", environments: "one", bound: true, changes: true } as const;

export const verbs = {
  help: { ...looks, does: "what can be said here, and who may", right: "reader", stack: false, environments: "none", on: always },
  status: { ...looks, does: "what is live, who works on it and what holds it", right: "reader", stack: false, on: always },
  preview: { ...looks, does: "preview the head again", right: "writer or author", stack: false, on: ["open"] },
  drift: { ...looks, does: "compare what is live with what was applied; with `--fix` put it back", right: "writer", stack: true, on: always },
  adopt: {
    ...acts,
    does: "keep what somebody changed by hand: write it into values.json or config, as a pull request",
    right: "named writer",
    stack: "needed",
    finding: "optional",
    bound: false,
    on: always,
  },
  ignore: {
    ...acts,
    does: "say of a finding of drift that it is not ours, until a date; never of a delete",
    right: "named writer",
    text: "needed",
    stack: "needed",
    finding: "needed",
    until: "needed",
    bound: false,
    on: always,
  },
  approve: { ...acts, does: "approve exactly what the preview of the head shows; also after the merge", right: "approver", stack: false, on: living },
  apply: { ...acts, does: "apply the environment's branch", right: "named writer", stack: false, on: living },
  retry: { ...acts, does: "try again what failed", right: "named writer", stack: false, on: living },
  rollback: {
    ...acts,
    does: "open a pull request that takes this one back; nothing that is live changes before that is merged",
    right: "named writer",
    text: "optional",
    stack: false,
    bound: false,
    on: ["merged"],
  },
  lock: { ...acts, does: "hold the environment, or one stack: no apply begins", right: "writer", text: "needed", stack: true, bound: false, on: always },
  unlock: { ...acts, does: "take a lock away", right: "locker or maintainer", text: "optional", stack: true, bound: false, on: always },
  cancel: {
    ...acts,
    does: "take the lease away from the run that holds it; it begins nothing more",
    right: "starter or maintainer",
    text: "optional",
    stack: false,
    bound: false,
    on: always,
  },
} as const satisfies Record<string, VerbFacts>;

export type Verb = keyof typeof verbs;

export const verbNames = Object.keys(verbs) as readonly Verb[];

export const isVerb = (word: string): word is Verb => Object.hasOwn(verbs, word);

/** One command as it was meant. */
export interface Command {
  readonly verb: Verb;
  /** As written, each once; empty: those of the pull request. */
  readonly environments: readonly string[];
  readonly stack?: string;
  /** Why, without its quotes. */
  readonly text?: string;
  /** `drift --fix`. */
  readonly fix?: true;
  /** Id of a finding. */
  readonly finding?: string;
  /** A date, `2026-12-01`. */
  readonly until?: string;
}

/** What holds for this command: `drift --fix` changes things, `drift` does not. */
export function factsOf(command: Pick<Command, "verb" | "fix">): VerbFacts {
  const facts: VerbFacts = verbs[command.verb];
  return command.fix === true ? { ...facts, ...fixing } : facts;
}

const fixing = { right: "named writer", environments: "one", bound: true, changes: true, on: living } as const;
