import type { DriftFinding } from "../changes/index.ts";
import type { Failure } from "./preview-report.ts";

export interface DriftRow {
  readonly finding: DriftFinding;
  /** Since it was first seen; 0 for now. */
  readonly ageMs: number;
  /** By path, where single properties are older or younger than that. */
  readonly ages?: Readonly<Record<string, number>>;
  /** ISO: from when on it alerts; until then it is young, and only listed. Left out: already. */
  readonly alertsFrom?: string;
  /** What a repairing run made of it; left out when nothing was asked. `left`: not its turn, or not trueup's to repair. */
  readonly repair?: "fixed" | "failed" | "refused" | "left";
}

export interface DriftStack {
  readonly name: string;
  readonly rows: readonly DriftRow[];
  /** The stack could not be read. */
  readonly failure?: Failure;
}

/** What an issue or a pull request says that proposes to decide about drift. */
export interface DriftProposal {
  readonly stack: string;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

/** Where live differs from what was applied, for one environment. */
export interface DriftReport {
  readonly marker: string;
  readonly environment: string;
  readonly branch: string;
  /** The live commit that was compared with. */
  readonly commit: string;
  readonly durationMs: number;
  readonly stacks: readonly DriftStack[];
  /** Findings that ignore rules hide. */
  readonly ignored: number;
  /** What people said is not ours for a while, one line each. */
  readonly exceptions?: readonly string[];
  /** Expired or never-matching rules, backoff, what is not read today. */
  readonly warnings: readonly string[];
  /** What a person must be called for: repairs that were given up, fights. */
  readonly pages?: readonly Failure["problem"][];
  /** Stacks whose schedule did not ask for a look; `next` left out: never. */
  readonly notDue?: readonly { readonly stack: string; readonly next?: string }[];
  /** Of stacks whose mode is "propose". */
  readonly proposals?: readonly DriftProposal[];
  /** Exact commands: put it back, and see what a changed program would do. */
  readonly commands: { readonly fix: string; readonly preview: string };
}
