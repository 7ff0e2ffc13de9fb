import { Problem } from "../../base/problem/index.ts";
import type { Forge } from "../../adapters/forges/index.ts";
import type { ApprovalReport } from "../../domain/reports/index.ts";
import { actorOf, environmentBranch, ledgerOf, refuseActing, type Estate } from "../estate/index.ts";
import type { RunRecord } from "../ledger/index.ts";
import { keep, refusedRun, rulesAlone, rulesWait, whatOf } from "./approvals.ts";
import { mostChanges, writers } from "./consent.ts";

export interface ApproveRequest {
  readonly environment: string;
  /** The run that was read; left out: the newest of this commit. */
  readonly run?: string;
}

const same = (a: string, b: string): boolean => a.replace(/^@/, "").toLowerCase() === b.replace(/^@/, "").toLowerCase();

/** The forge is asked again when the approval is counted; here it keeps one from the record that could never count. */
async function refuseStranger(forge: Forge | undefined, by: string, on: string): Promise<void> {
  if (forge === undefined) return;
  const { permission } = await forge.person(by, []);
  if (writers.includes(permission)) return;
  throw new Problem("FORGE_REFUSED", {
    what: `@${by} may not write to this repository, and so not approve`,
    on,
    todo: "Nothing was recorded. Say who you are with TRUEUP_ACTOR, or let somebody approve who may.",
  });
}

function refuseOwn(authors: readonly string[], by: string, on: string): void {
  if (!authors.some((author) => same(author, by))) return;
  throw new Problem("HELD", {
    what: `${by} committed what waits: nobody approves their own change`,
    on,
    todo: "Nothing was recorded. Ask somebody else for the approval.",
  });
}

function waiting(run: RunRecord | undefined, { environment, run: asked }: ApproveRequest, head: string): RunRecord {
  const on = `environment ${environment} at ${head.slice(0, 7)}`;
  if (run === undefined)
    throw new Problem("APPROVAL_UNWANTED", {
      what: "no apply of what the branch says now waits for an approval",
      on,
      todo: `Nothing was recorded. See what would happen with: trueup apply ${environment}`,
    });
  if (asked === undefined || asked === run.id) return run;
  throw new Problem("APPROVAL_UNWANTED", {
    what: `run ${asked} is not the one that waits: that is ${run.id}`,
    on,
    todo: `Nothing was recorded. Read what it would do, then: trueup approve ${environment} --run ${run.id}`,
  });
}

/**
 * Puts on record that what the newest refused run of the branch's head was going to do is approved: of exactly those fingerprints, and of nothing that
 * comes after; where that head changes nothing but the rules, of that commit. Raises APPROVAL_UNWANTED, HELD for one's own change, FORGE_REFUSED, and what the ledger raises: then nothing was recorded.
 */
export async function approveRun(estate: Estate, forge: Forge | undefined, request: ApproveRequest): Promise<ApprovalReport> {
  const { environment } = request;
  refuseActing(estate.machine, environment);
  await estate.repository.fetch();
  const ledger = await ledgerOf(estate, environment);
  const live = (await ledger.read({ fetch: false }))?.environment;
  const { head } = await environmentBranch(estate, environment, live?.branch?.name);
  const found = await refusedRun(ledger, head);
  const isOfRules = found === undefined && request.run === undefined && (await rulesWait(estate, { live, head }));
  const run = isOfRules ? undefined : waiting(found, request, head);
  const by = actorOf(estate.machine).replace(/^@/, "");
  const on = `environment ${environment} at ${head.slice(0, 7)}`;
  const commits = await estate.repository.firstParents(live?.branch?.head, head, mostChanges);
  refuseOwn(
    commits.map(({ author }) => author.name),
    by,
    on,
  );
  await refuseStranger(forge, by, on);
  const approval = { by, at: estate.clock.now().toISOString(), pullRequest: 0, commit: head };
  const at = head.slice(0, 7);
  if (run === undefined) {
    await keep(ledger, { ...approval, ...rulesAlone }, `${environment}: @${by} approves the rules of ${at}`);
    return { environment, commit: head, by, stacks: [] };
  }
  const what = whatOf(run);
  await keep(ledger, { ...approval, ...what }, `${environment}: @${by} approves what run ${run.id} would do at ${at}`);
  return { environment, run: run.id, commit: head, by, stacks: what.prints.map(({ stack, digest }) => ({ stack, fingerprint: digest })) };
}
