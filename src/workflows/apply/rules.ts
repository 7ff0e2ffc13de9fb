import { canonicalJson } from "../../base/json/index.ts";
import { Problem } from "../../base/problem/index.ts";
import type { Sha } from "../../adapters/git/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import { bindApprovals, enoughApprovals, holdsAt, holdVerbs, liftCommand } from "../../domain/gates/index.ts";
import { codeOwnersDiffer, openPassphrase, readRevision } from "../estate/index.ts";
import type { ApplyRun } from "./run.ts";

type Opened = Omit<ApplyRun, "kept" | "gate">;

/** Everything by which later commits are judged. */
function rulesOf({ approvals, windows, guards, policies, checks, hooks, verify, apply, identity, stacks }: Environment): unknown {
  const own = stacks.map(({ name, approvals: theirs = null, guards: limits = null }) => ({ name, approvals: theirs, guards: limits }));
  return { approvals, windows, guards, policies, checks, hooks, verify, apply, identity, own };
}

/** The rules that are live, where this head would change them and they ask for approvals. */
async function changedRules({ estate, request, branch, revision }: Opened, from: Sha): Promise<Environment | undefined> {
  if (from === branch.head) return undefined;
  const { environment } = await readRevision(estate, from, request.environment);
  if (environment.approvals.min === 0) return undefined;
  const isSame = canonicalJson(rulesOf(environment)) === canonicalJson(rulesOf(revision.environment));
  const ownersMove = environment.approvals.codeOwners === true && (await codeOwnersDiffer(estate.repository, from, branch.head));
  return isSame && !ownersMove ? undefined : environment;
}

function waiting({ request, branch }: Opened, { min, from }: Environment["approvals"], notes: readonly string[]): Problem {
  const why = notes.length === 0 ? "" : ` (${notes.join("; ")})`;
  return new Problem("HELD", {
    what: `a change of the rules waits for ${min} approval${min === 1 ? "" : "s"} from ${from.join(", ") || "anybody"}${why}`,
    on: `environment ${request.environment}, branch ${branch.name} at ${branch.head.slice(0, 7)}`,
    todo: "The rules before it go on to hold. Bring it as a pull request, have its preview approved, and merge that.",
  });
}

/** What holds the whole environment holds its rules too: nobody loosens them while it is frozen or pinned. */
function refuseHeld({ estate, request, live }: Opened): void {
  const [held] = live === undefined ? [] : holdsAt(live, estate.clock.now()).filter(({ stacks }) => stacks.length === 0);
  if (held === undefined) return;
  const { kind, by, reason, until } = held;
  throw new Problem("HELD", {
    what: `${holdVerbs[kind].is} by ${by}: ${reason}`,
    on: `environment ${request.environment}`,
    todo: `Nothing was touched. ${until === null ? "" : `It ends at ${until}. `}Ask ${by}, or lift it: ${liftCommand(request.environment, { kind })}`,
  });
}

/**
 * A commit that changes no stack but the rules becomes what the next one is judged by: it needs the approvals that the live rules ask for, or two
 * pushes would do what one may not. Raises HELD.
 */
export async function refuseLooserRules(run: Opened): Promise<void> {
  const { estate, request, live, branch } = run;
  const from = live?.branch?.head;
  if (from !== branch.head) refuseHeld(run);
  const rules = from === undefined ? undefined : await changedRules(run, from);
  if (from === undefined || rules === undefined) return;
  const key = await openPassphrase(rules, estate.machine, estate.root);
  const consent = await request.consent?.({ environment: request.environment, from, head: branch.head, branch: branch.name, key });
  const { approvals, notes, lackingOwners = [] } = bindApprovals(consent ?? { changes: [], recorded: [] }, [], rules.approvals);
  if (!enoughApprovals(approvals, rules.approvals) || lackingOwners.length > 0) throw waiting(run, rules.approvals, [...lackingOwners, ...notes]);
}
