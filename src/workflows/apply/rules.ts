import { canonicalJson } from "../../base/json/index.ts";
import { Problem } from "../../base/problem/index.ts";
import type { Sha } from "../../adapters/git/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import { bindApprovals, enoughApprovals, holdsAt, holdVerbs, liftCommand } from "../../domain/gates/index.ts";
import { codeOwnersDiffer, openPassphrase, readRevision, type Estate, type Revision } from "../estate/index.ts";
import type { ApplyRun } from "./run.ts";

type Opened = Omit<ApplyRun, "kept" | "gate">;

/** Everything by which later commits are judged. */
function rulesOf({ approvals, windows, guards, policies, checks, hooks, verify, apply, identity, stacks }: Environment): unknown {
  const own = stacks.map(({ name, approvals: theirs = null, guards: limits = null }) => ({ name, approvals: theirs, guards: limits }));
  return { approvals, windows, guards, policies, checks, hooks, verify, apply, identity, own };
}

/** The rules that are live, where this head would change them and they ask for approvals. */
async function changedRules(
  estate: Estate,
  { environment: next }: Revision,
  { from, head }: { readonly from: Sha; readonly head: Sha },
): Promise<Environment | undefined> {
  if (from === head) return undefined;
  const { environment } = await readRevision(estate, from, next.name);
  if (environment.approvals.min === 0) return undefined;
  const isSame = canonicalJson(rulesOf(environment)) === canonicalJson(rulesOf(next));
  const ownersMove = environment.approvals.codeOwners === true && (await codeOwnersDiffer(estate.repository, from, head));
  return isSame && !ownersMove ? undefined : environment;
}

/** Whether a head of the branch waits for approvals because it changes the rules, whatever it does to stacks. `from`: what is live. */
export async function changesRules(estate: Estate, asked: { readonly environment: string; readonly from: Sha; readonly head: Sha }): Promise<boolean> {
  return (await changedRules(estate, await readRevision(estate, asked.head, asked.environment), asked)) !== undefined;
}

function waiting({ request, branch }: Opened, { min, from }: Environment["approvals"], notes: readonly string[]): Problem {
  const why = notes.length === 0 ? "" : ` (${notes.join("; ")})`;
  return new Problem("HELD", {
    what: `a change of the rules waits for ${min} approval${min === 1 ? "" : "s"} from ${from.join(", ") || "anybody"}${why}`,
    on: `environment ${request.environment}, branch ${branch.name} at ${branch.head.slice(0, 7)}`,
    todo: `The rules before it go on to hold. Bring it as a pull request that is approved; or let somebody else say: trueup approve ${request.environment}`,
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
  const rules = from === undefined ? undefined : await changedRules(estate, run.revision, { from, head: branch.head });
  if (from === undefined || rules === undefined) return;
  const key = await openPassphrase(rules, estate.machine, estate.root);
  const consent = await request.consent?.({ environment: request.environment, from, head: branch.head, branch: branch.name, key });
  const { approvals, notes, lackingOwners = [] } = bindApprovals(consent ?? { changes: [], recorded: [] }, [], rules.approvals);
  if (!enoughApprovals(approvals, rules.approvals) || lackingOwners.length > 0) throw waiting(run, rules.approvals, [...lackingOwners, ...notes]);
}
