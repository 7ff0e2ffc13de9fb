import { Problem } from "../../base/problem/index.ts";
import { previousClosures, touchesSince, type InspectionQuestion } from "../inspection/index.ts";
import { removedProblem, type Estate, type Revision } from "../estate/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import type { ApplyRun } from "./run.ts";
import { contentsOf } from "./unit-run.ts";

/** Declaring nothing any more is no order to destroy. */
export function refuseRemoved({ removed }: Revision, live: EnvironmentRecord | undefined): void {
  if (removed === true && live !== undefined) throw removedProblem(live);
}

/**
 * What went live after the head that is the measure, of stacks that would be otherwise now: while a unit is held the measure stands still, and those beside
 * it go on. The newest first.
 */
function liveSince({ revision, live }: Pick<Read, "revision" | "live">): readonly string[] {
  const seenAt = Date.parse(live?.branch?.seenAt ?? "");
  const contents = contentsOf(revision);
  const since = Object.entries(live?.stacks ?? {}).flatMap(([name, { lastGood }]) => {
    if (lastGood === null || contents.get(name) === lastGood.closureDigest) return [];
    const atMs = Date.parse(lastGood.since);
    return atMs > seenAt ? [{ commit: lastGood.commit, atMs }] : [];
  });
  return [...new Set(since.toSorted((a, b) => b.atMs - a.atMs).map(({ commit }) => commit))];
}

/** A branch that no longer holds what is live is nobody's order to take that back. Raises BRANCH_REWRITTEN. */
export async function refuseRewritten(estate: Estate, read: Pick<Read, "request" | "branch" | "revision" | "live">): Promise<void> {
  const { branch, request, live } = read;
  const { head, name } = branch;
  const from = live?.branch?.head;
  if (from === undefined || from === head) return;
  for (const commit of [...liveSince(read), from]) {
    if (await estate.repository.isAncestor(commit, head)) continue;
    throw new Problem("BRANCH_REWRITTEN", {
      what: `${name} no longer contains ${commit.slice(0, 7)}, which is live`,
      on: `environment ${request.environment}, branch ${name} at ${head.slice(0, 7)}`,
      todo: `Nothing was touched. Put it back with: git push --force origin ${commit}:refs/heads/${name} (or merge what is live into it).`,
    });
  }
}

type Read = Pick<ApplyRun, "estate" | "request" | "ledger" | "live" | "branch" | "revision" | "stop">;

/** What is to be inspected: the head of the branch, held against what is live. */
export async function questionOf({ estate, request, ledger, live, branch, revision, stop }: Read): Promise<InspectionQuestion> {
  const from = live?.branch?.head;
  const vetoes = live?.vetoes ?? [];
  return {
    revision,
    commit: branch.head,
    live,
    previous: await previousClosures(estate, live, request.environment),
    all: request.all,
    vetoes: vetoes.filter(({ state }) => state !== "rollingBack"),
    goingBack: new Set(vetoes.flatMap(({ state, waves = [] }) => (state === "rollingBack" ? waves.flat() : []))),
    touches: from === undefined || from === branch.head ? [] : await touchesSince(estate, { from, live }, { ...revision, commit: branch.head }),
    readsLive: revision.environment.preview.refresh !== "never",
    policiesFrom: from,
    onSession: (session) => ledger.noteSession(session),
    signal: stop.signal,
    ...(request.hardSignal === undefined ? {} : { hardSignal: request.hardSignal }),
  };
}
