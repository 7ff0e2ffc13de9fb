import type { Machine } from "../../base/process/index.ts";
import { githubSurroundings, refuseTarget } from "./github.ts";
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

export type CiHost = CiSurroundings["forge"]["kind"];

/** Whose CI job this process is; undefined outside of CI and in a CI that is not known. CONFIG_INVALID for `pull_request_target`. */
export function ciHost(machine: Pick<Machine, "variable">): CiHost | undefined {
  // Gitea and Forgejo call themselves GitHub Actions too; their API is another.
  const imitates = ["GITEA_ACTIONS", "FORGEJO_ACTIONS"].some((name) => machine.variable(name) === "true");
  if (machine.variable("GITHUB_ACTIONS") === "true" && !imitates) {
    refuseTarget(machine);
    return "github";
  }
  return machine.variable("GITLAB_CI") === "true" ? "gitlab" : undefined;
}

/** The CI job that this process is, read from the variables that the hosts document. CONFIG_INVALID when the host leaves out what belongs to one. */
export function ciSurroundings(machine: Pick<Machine, "variable">): CiSurroundings | undefined {
  const host = ciHost(machine);
  if (host === undefined) return undefined;
  return host === "github" ? githubSurroundings(machine) : gitlabSurroundings(machine);
}
