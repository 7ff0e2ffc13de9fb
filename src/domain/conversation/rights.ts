import type { Right } from "./verbs.ts";

/** What a person may do in the repository now, as the forge says. */
export interface Speaker {
  readonly login: string;
  readonly permission: "none" | "read" | "write" | "maintain" | "admin";
  readonly teams: readonly string[];
}

/** What decides who may, of one environment. Rules are those of the base branch, never of the change. */
export interface Standing {
  readonly approvals: { readonly min: number; readonly from: readonly string[] };
  /** Who holds the lease. */
  readonly run?: { readonly id: string; readonly by: string };
  /** Holds that an unlock would take away. */
  readonly locks: readonly { readonly by: string }[];
}

export interface Case {
  readonly speaker: Speaker;
  readonly pullRequest: {
    readonly author: string;
    readonly pushers: readonly string[];
    /** Why somebody may be missing among them. */
    readonly pushersUnknown?: string;
    readonly fork: boolean;
  };
  /** undefined where the command is about no environment. */
  readonly standing: Standing | undefined;
}

const ranks = ["none", "read", "write", "maintain", "admin"] as const;
const atLeast = (speaker: Speaker, least: (typeof ranks)[number]): boolean => ranks.indexOf(speaker.permission) >= ranks.indexOf(least);
const plain = (login: string): string => login.replace(/^@/, "").toLowerCase();
export const isSamePerson = (a: string, b: string): boolean => plain(a) === plain(b);

/** Named, or in a named team; anybody where nobody is named. */
function isNamed(speaker: Speaker, from: readonly string[]): boolean {
  return from.length === 0 || [speaker.login, ...speaker.teams].some((name) => from.some((allowed) => isSamePerson(name, allowed)));
}

const writes = (speaker: Speaker): string | undefined => (atLeast(speaker, "write") ? undefined : "you may not write to this repository");
const notNamed = (standing: Standing): string => `only ${standing.approvals.from.join(", ")} may`;

function approver({ speaker, pullRequest, standing }: Case): string | undefined {
  const no = writes(speaker);
  if (no !== undefined) return no;
  if (isSamePerson(speaker.login, pullRequest.author)) return "it is your own pull request";
  if (pullRequest.pushers.some((login) => isSamePerson(login, speaker.login))) return "you wrote or pushed a part of it";
  if (standing === undefined) return undefined;
  const { from } = standing.approvals;
  if (from.length === 0 && pullRequest.pushersUnknown !== undefined)
    return `it cannot be known who pushed it (${pullRequest.pushersUnknown}), and \`approvals.from\` names nobody`;
  return isNamed(speaker, from) ? undefined : notNamed(standing);
}

/** Each right: what the documents say of it, and why a person does not have it. */
export const rights: Readonly<Record<Right, { readonly words: string; readonly lacks: (asked: Case) => string | undefined }>> = {
  reader: {
    words: "who may read the repository",
    lacks: ({ speaker }) => (atLeast(speaker, "read") ? undefined : "you may not read this repository"),
  },
  "writer or author": {
    words: "who may write; the pull request's author too, unless it comes from a fork",
    lacks: ({ speaker, pullRequest }) => {
      const isAuthor = isSamePerson(speaker.login, pullRequest.author) && atLeast(speaker, "read");
      if (isAuthor && !pullRequest.fork) return undefined;
      return writes(speaker) === undefined
        ? undefined
        : isAuthor
          ? "your pull request comes from a fork: somebody who may write must ask for it"
          : writes(speaker);
    },
  },
  writer: { words: "who may write", lacks: ({ speaker }) => writes(speaker) },
  "named writer": {
    words: "who may write, and is in the environment's `approvals.from` where that names anybody",
    lacks: ({ speaker, standing }) => writes(speaker) ?? (standing === undefined || isNamed(speaker, standing.approvals.from) ? undefined : notNamed(standing)),
  },
  approver: {
    words: "who may write, is in `approvals.from` where that names anybody, and neither opened the pull request nor wrote or pushed a commit of it",
    lacks: approver,
  },
  "starter or maintainer": {
    words: "maintainers; who may write and began the run",
    lacks: ({ speaker, standing }) => {
      if (atLeast(speaker, "maintain")) return undefined;
      const began = standing?.run !== undefined && isSamePerson(standing.run.by, speaker.login);
      return writes(speaker) ?? (began ? undefined : "another's run is only for maintainers to cancel");
    },
  },
  "locker or maintainer": {
    words: "maintainers; who may write and set all the locks that it takes away",
    lacks: ({ speaker, standing }) => {
      if (atLeast(speaker, "maintain")) return undefined;
      const own = standing?.locks.every((lock) => isSamePerson(lock.by, speaker.login)) ?? true;
      return writes(speaker) ?? (own ? undefined : "another's lock is only for maintainers to take away");
    },
  },
};
