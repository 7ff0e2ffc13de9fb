import { Problem } from "../../base/problem/index.ts";
import { previousClosures, touchesSince, type InspectionQuestion } from "../inspection/index.ts";
import { removedProblem, type Estate, type Revision } from "../estate/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import type { ApplyRun } from "./run.ts";

/** Declaring nothing any more is no order to destroy. */
export function refuseRemoved({ removed }: Revision, live: EnvironmentRecord | undefined): void {
  if (removed === true && live !== undefined) throw removedProblem(live);
}

export async function refuseRewritten(
  estate: Estate,
  moved: { readonly environment: string; readonly from: string | undefined; readonly head: string; readonly name: string },
): Promise<void> {
  const { from, head, name } = moved;
  if (from === undefined || from === head) return;
  const isForward = await estate.repository.isAncestor(from, head);
  if (isForward) return;
  throw new Problem("BRANCH_REWRITTEN", {
    what: `${name} no longer contains ${from.slice(0, 7)}, which is live`,
    on: `environment ${moved.environment}, branch ${name} at ${head.slice(0, 7)}`,
    todo: `Nothing was touched. Put it back with: git push --force origin ${from}:refs/heads/${name} (or merge what is live into it).`,
  });
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
