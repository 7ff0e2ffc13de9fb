import { listed, sha7 } from "../text/amount.ts";
import { oneLine } from "../text/visible.ts";
import { drawn, type Look } from "./look.ts";

/** An approval that was put on record: whose, of which run, and of exactly which change sets; without a run, of the rules that a commit brings. */
export interface ApprovalReport {
  readonly environment: string;
  readonly run?: string;
  /** The head of the environment's branch; with any other it counts no more. */
  readonly commit: string;
  readonly by: string;
  readonly stacks: readonly { readonly stack: string; readonly fingerprint: string }[];
}

const mostStacks = 12;

export function approvalText({ environment, run, commit, by, stacks }: ApprovalReport, look: Look): string {
  const named = stacks.map(({ stack, fingerprint }) => `${oneLine(stack, 60)} ${fingerprint.slice(0, 12)}`);
  const what = run === undefined ? `the rules of ${sha7(commit)}` : `what run ${oneLine(run, 80)} would do at ${sha7(commit)}`;
  const lines = [
    `${environment}: on record: @${oneLine(by, 80)} approves ${what}`,
    ...(named.length === 0 ? [] : [`of exactly: ${listed(named, mostStacks)}`]),
    `Next: trueup apply ${environment}`,
  ];
  return drawn(lines.join("\n"), look);
}
