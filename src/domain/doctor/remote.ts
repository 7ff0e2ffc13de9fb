import { About, type Finding, type Looked } from "./finding.ts";

export interface RemoteFacts {
  readonly fetch: Looked<true>;
  /** Per ledger branch: whether a push that sends nothing is let in. Empty where the remote was not reached. */
  readonly pushes: readonly { readonly branch: string; readonly push: Looked<true> }[];
}

/** Is the git remote there, and may this account push what a run pushes? */
export function remoteFindings({ fetch, pushes }: RemoteFacts): readonly Finding[] {
  const remote = new About("remote", "the git remote");
  if ("problem" in fetch) return [remote.broken(fetch.problem)];
  return [
    remote.right("it answers, and its branches are read"),
    ...pushes.map(({ branch, push }) => {
      const about = new About("push", branch);
      if ("problem" in push) return about.broken(push.problem);
      return about.right("a dry run of a push is let in; rules that only a real push meets are not seen by it");
    }),
  ];
}

export interface ClockFacts {
  /** Milliseconds by which this machine is ahead of the forge; undefined: there is no forge. */
  readonly aheadMs: Looked<number> | undefined;
  /** Milliseconds by which the newest entry of any ledger lies in the future. */
  readonly ledgerAheadMs: number;
}

/** Tokens of GitHub Apps are refused beyond it, and what leases and comments say of times misleads people. */
const mostSkewMs = 60_000;
const seconds = (ms: number): string => `${Math.round(Math.abs(ms) / 1000)} s`;

export function clockFinding({ aheadMs, ledgerAheadMs }: ClockFacts): Finding {
  const about = new About("clock", "this machine");
  const todo = "Set the clock by NTP.";
  if (ledgerAheadMs > mostSkewMs)
    return about.wrong(`the newest ledger entry is ${seconds(ledgerAheadMs)} in the future: this clock is behind, or its writer's ahead`, todo);
  if (aheadMs === undefined) return about.unknown("there is no forge to compare the clock with", "Compare it by hand: date -u.");
  if ("problem" in aheadMs) return about.unknown(`the forge does not tell its time: ${aheadMs.problem.what}`, "Compare it by hand: date -u.");
  const { value } = aheadMs;
  if (Math.abs(value) > mostSkewMs) return about.wrong(`this clock is ${seconds(value)} ${value > 0 ? "ahead of" : "behind"} the forge's`, todo);
  return about.right(`within ${seconds(mostSkewMs)} of the forge's`);
}
