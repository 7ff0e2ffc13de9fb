import { z } from "zod";
import { Problem } from "../../base/problem/index.ts";
import { fingerprintSchema } from "../../domain/gates/index.ts";
import { changesRules } from "../apply/index.ts";
import { ledgerOf, type Estate } from "../estate/index.ts";
import type { EnvironmentRecord, Ledger, RunRecord } from "../ledger/index.ts";
import type { Ordered, Outcome } from "./orders.ts";

/**
 * Approvals given by a comment or on the command line, kept in the environment's ledger. Of an open pull request: the same as a review of `commit`, its head; what that
 * approves is in the sealed preview. After the merge: of exactly what run `run` was going to do when it was refused.
 */
const approvalSchema = z.looseObject({
  by: z.string(),
  at: z.iso.datetime(),
  /** 0 for an approval on the command line. */
  pullRequest: z.int(),
  /** The head of the pull request; after the merge that of the environment's branch. */
  commit: z.string(),
  run: z.string().optional(),
  /** When that run looked. */
  since: z.iso.datetime().optional(),
  prints: z.array(fingerprintSchema).optional(),
});
export type KeptApproval = z.infer<typeof approvalSchema>;

const recordKey = "approvals";
const mostKept = 50;
/** Runs that are looked through for the one that waits. */
const mostLooked = 60;

export function keptApprovals(record: EnvironmentRecord | undefined): readonly KeptApproval[] {
  const found = z.array(approvalSchema).optional().safeParse(record?.[recordKey]);
  if (found.success) return found.data ?? [];
  throw new Problem("LEDGER_FOREIGN", {
    what: "the approvals on record cannot be read",
    on: `the ledger of ${record?.environment ?? "the environment"}, "${recordKey}"`,
    todo: "Find out who edited environment.json.",
  });
}

/** Puts one on record, in place of an earlier one of the same person at the same commit. */
export async function keep(ledger: Ledger, approval: KeptApproval, sentence: string): Promise<void> {
  await ledger.record((current) => {
    const others = keptApprovals(current).filter((one) => one.by !== approval.by || one.commit !== approval.commit);
    return { next: { ...current, [recordKey]: [...others, approval].slice(-mostKept) }, sentence, trailers: { Kind: "approval", By: `@${approval.by}` } };
  });
}

/** The newest run of this commit, if it was refused and kept what it was going to do. */
export async function refusedRun(ledger: Ledger, commit: string): Promise<RunRecord | undefined> {
  const entries = await ledger.log(mostLooked);
  const id = entries.find(({ trailers }) => trailers["Commit"] === commit && trailers["Kind"] === "apply" && trailers["Run"] !== undefined)?.trailers["Run"];
  const run = id === undefined ? undefined : await ledger.run(id);
  return run?.result === "refused" && run.prints !== undefined ? run : undefined;
}

/** What an approval of a run that was refused approves. */
export function whatOf(run: RunRecord): Required<Pick<KeptApproval, "run" | "since" | "prints">> {
  return { run: run.id, since: run.startedAt, prints: z.array(fingerprintSchema).parse(run.prints) };
}

/** A change of the rules alone is of no stack, and no run: it is approved as the commit that it is. */
export const rulesAlone: Pick<KeptApproval, "prints"> = { prints: [] };

/** Whether the head of the branch waits because it changes the rules. */
export async function rulesWait(estate: Estate, { live, head }: { readonly live: EnvironmentRecord | undefined; readonly head: string }): Promise<boolean> {
  const from = live?.branch?.head;
  return live !== undefined && from !== undefined && changesRules(estate, { environment: live.environment, from, head });
}

async function afterMerge(estate: Estate, ordered: Ordered, at: { readonly now: string; readonly head: string }): Promise<Outcome> {
  const { environment, by, pullRequest } = ordered;
  const ledger = await ledgerOf(estate, environment);
  const approval = { by, at: at.now, pullRequest: pullRequest.number, commit: at.head };
  const run = await refusedRun(ledger, at.head);
  if (run !== undefined) {
    await keep(ledger, { ...approval, ...whatOf(run) }, `${environment}: @${by} approves what run ${run.id} would do at ${at.head.slice(0, 7)}`);
    return { ok: true, says: `on record: what run ${run.id} would have done is approved; /trueup apply goes on` };
  }
  const live = (await ledger.read({ fetch: false }))?.environment;
  if (!(await rulesWait(estate, { live, head: at.head })))
    return { ok: false, says: `no apply of ${at.head.slice(0, 7)} waits for an approval: /trueup apply looks, and says what it would do` };
  await keep(ledger, { ...approval, ...rulesAlone }, `${environment}: @${by} approves the rules of ${at.head.slice(0, 7)}`);
  return { ok: true, says: `on record: the rules of ${at.head.slice(0, 7)} are approved; /trueup apply goes on` };
}

/** Puts an approval on record. Whether the person may give it was decided; it is asked again when it is counted. */
export async function approve(estate: Estate, ordered: Ordered): Promise<Outcome> {
  const { environment, by, pullRequest, head } = ordered;
  await estate.repository.fetch();
  const ledger = await ledgerOf(estate, environment);
  const now = estate.clock.now().toISOString();
  const branch = await estate.repository.branch(pullRequest.base);
  if (pullRequest.state === "merged" && branch !== undefined) return afterMerge(estate, ordered, { now, head: branch });
  await keep(
    ledger,
    { by, at: now, pullRequest: pullRequest.number, commit: head },
    `${environment}: @${by} approves #${pullRequest.number} at ${head.slice(0, 7)}`,
  );
  return { ok: true, says: `on record: what the preview of ${head.slice(0, 7)} shows is approved` };
}
