import { canonicalJson } from "../../base/json/index.ts";
import { Problem } from "../../base/problem/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import { bindApprovals, enoughApprovals } from "../../domain/gates/index.ts";
import { openPassphrase, readRevision } from "../estate/index.ts";
import type { ApplyRun } from "./run.ts";

/** Everything by which later commits are judged. */
function rulesOf({ approvals, windows, guards, policies, checks, hooks, verify, apply, stacks }: Environment): unknown {
  const own = stacks.map(({ name, approvals: theirs = null, guards: limits = null }) => ({ name, approvals: theirs, guards: limits }));
  return { approvals, windows, guards, policies, checks, hooks, verify, apply, own };
}

/**
 * A commit that changes no stack but the rules becomes what the next one is judged by: it needs the approvals that the live rules ask for, or two
 * pushes would do what one may not. Raises HELD.
 */
export async function refuseLooserRules(run: Omit<ApplyRun, "kept">): Promise<void> {
  const { estate, request, live, branch, revision } = run;
  const from = live?.branch?.head;
  if (from === undefined || from === branch.head) return;
  const { environment } = await readRevision(estate, from, request.environment);
  const { approvals } = environment;
  if (approvals.min === 0 || canonicalJson(rulesOf(environment)) === canonicalJson(rulesOf(revision.environment))) return;
  const key = await openPassphrase(environment, estate.machine, estate.root);
  const consent = await request.consent?.({ environment: request.environment, from, head: branch.head, branch: branch.name, key });
  const bound = consent === undefined ? undefined : bindApprovals(consent, [], approvals);
  if (bound !== undefined && enoughApprovals(bound.approvals, approvals)) return;
  const why = bound === undefined || bound.notes.length === 0 ? "" : ` (${bound.notes.join("; ")})`;
  throw new Problem("HELD", {
    what: `a change of the rules waits for ${approvals.min} approval${approvals.min === 1 ? "" : "s"} from ${approvals.from.join(", ") || "anybody"}${why}`,
    on: `environment ${request.environment}, branch ${branch.name} at ${branch.head.slice(0, 7)}`,
    todo: "The rules before it go on to hold. Bring it as a pull request, have its preview approved, and merge that.",
  });
}
