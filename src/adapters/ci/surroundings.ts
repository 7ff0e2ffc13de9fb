import type { Machine } from "../../base/process/index.ts";
import { githubSurroundings } from "./github.ts";
import { gitlabSurroundings } from "./gitlab.ts";

/** What started a CI job. */
export type CiEvent =
  /** `head`: the newest commit of the pull request, not of a trial merge. `fork`: it comes from another repository, so nothing secret is here. */
  | { readonly kind: "pull-request"; readonly number: number; readonly head: string; readonly fork: boolean }
  | { readonly kind: "push"; readonly branch: string; readonly commit: string }
  | { readonly kind: "schedule" }
  /** Somebody wrote a comment; ids as the host's API takes them. */
  | { readonly kind: "comment"; readonly pullRequest: number; readonly comment: string }
  /** A person started it, or an event that means nothing to trueup. */
  | { readonly kind: "manual" };

/** The CI job that this process is. */
export interface CiSurroundings {
  /** The repository whose pull requests and branches the job is about, as `ForgeSettings` wants it. */
  readonly forge: { readonly kind: "github" | "gitlab"; readonly api: string; readonly repository: string };
  /** As the host's variables name them; what `Forge.jobState` takes. */
  readonly job: { readonly run: string; readonly job: string; readonly attempt: number };
  readonly event: CiEvent;
  /** Login of who caused it. */
  readonly actor: string;
  /** Where a person looks at the job. */
  readonly url: string;
}

/**
 * The CI job that this process is, read from the variables that the hosts document; undefined outside of CI and in a CI that is not known.
 * CONFIG_INVALID when the host says that it is one and then leaves out what belongs to it, and for `pull_request_target`.
 */
export function ciSurroundings(machine: Pick<Machine, "variable">): CiSurroundings | undefined {
  // Gitea and Forgejo call themselves GitHub Actions too; their API is another.
  const imitates = ["GITEA_ACTIONS", "FORGEJO_ACTIONS"].some((name) => machine.variable(name) === "true");
  if (machine.variable("GITHUB_ACTIONS") === "true") return imitates ? undefined : githubSurroundings(machine);
  return machine.variable("GITLAB_CI") === "true" ? gitlabSurroundings(machine) : undefined;
}
