import type { CheckRun, Model } from "./model.ts";

export interface ShownStatus {
  readonly name: string;
  readonly state: "running" | "waiting" | "success" | "failure";
  readonly title: string;
  readonly url: string | undefined;
  readonly annotations: readonly { readonly path: string; readonly line: number; readonly level: string; readonly message: string }[];
  /** More than one of the name in this same state: somebody created without looking. */
  readonly copies: number;
}

export interface ShownDeployment {
  readonly environment: string;
  readonly commit: string;
  readonly state: "running" | "success" | "failure" | "other";
  /** Where the host sends who wants to see the environment. */
  readonly url: string | undefined;
}

export interface ShownComment {
  readonly id: string;
  readonly author: string;
  readonly body: string;
}

export interface ShownIssue {
  readonly number: number;
  readonly author: string;
  readonly title: string;
  readonly body: string;
  readonly state: "open" | "closed";
}

export interface ShownPull {
  readonly number: number;
  readonly author: string;
  readonly title: string;
  readonly body: string;
  readonly head: string;
  readonly base: string;
  readonly state: "open" | "closed" | "merged";
}

/** What people see who look at it. */
export interface Shown {
  /** Oldest first. */
  pulls(): readonly ShownPull[];
  comments(number: number): readonly ShownComment[];
  issues(): readonly ShownIssue[];
  reactions(comment: string): readonly { readonly by: string; readonly content: string }[];
  statuses(commit: string): readonly ShownStatus[];
  deployments(): readonly ShownDeployment[];
}

const states: Readonly<Record<string, ShownStatus["state"]>> = {
  pending: "waiting",
  queued: "waiting",
  running: "running",
  in_progress: "running",
  success: "success",
  failed: "failure",
  failure: "failure",
  error: "failure",
  canceled: "failure",
  cancelled: "failure",
  action_required: "waiting",
  neutral: "waiting",
};

export function shown(model: Model): Shown {
  return {
    pulls: () => model.pulls.map(({ number, author, title, body, branch, base, state }) => ({ number, author, title, body, head: branch, base, state })),
    comments: (number) => model.notes.filter((note) => note.pull === number && !note.system).map(({ id, author, body }) => ({ id: String(id), author, body })),
    issues: () => model.issues.map(({ number, author, title, body, state }) => ({ number, author, title, body, state })),
    reactions: (comment) => model.reactions.filter((entry) => entry.note === Number(comment)).map(({ by, content }) => ({ by, content })),
    statuses: (commit) => {
      const plain = model.statuses
        .filter((entry) => entry.commit === commit && !entry.superseded)
        .map(({ name, state, title, url }) => ({ name, state: states[state] ?? ("failure" as const), title, url, annotations: [], copies: 1 }));
      const checks = model.checks.filter((check) => check.commit === commit);
      const newest = checks.filter((check, at) => checks.findLastIndex(({ name }) => name === check.name) === at);
      const alike = (one: CheckRun): number =>
        checks.filter((check) => check.name === one.name && check.status === one.status && check.conclusion === one.conclusion).length;
      return [
        ...plain,
        ...newest.map((check) => ({
          name: check.name,
          state: states[check.conclusion ?? check.status] ?? ("failure" as const),
          title: check.title,
          url: check.url,
          annotations: check.annotations.map((entry) => ({ path: entry.path, line: entry.start_line, level: entry.annotation_level, message: entry.message })),
          copies: alike(check),
        })),
      ];
    },
    deployments: () =>
      model.deployments.map(({ environment, commit, states: history }) => {
        const state = states[history.at(-1)?.state ?? ""];
        const url = history.at(-1)?.environmentUrl ?? model.addresses.get(environment);
        return { environment, commit, state: state === undefined || state === "waiting" ? "other" : state, url };
      }),
  };
}
