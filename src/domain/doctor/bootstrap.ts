import { previewCheck } from "../conversation/index.ts";
import type { Environment } from "../environments/index.ts";
import { branchFindings, ledgerBranchFindings, type BranchProtection } from "./branches.ts";
import type { Finding, Looked } from "./finding.ts";

/** `there` already; `done` now; `would` be done, in a dry run; `left`, and why. */
export interface BootstrapStep {
  readonly step: "branch" | "ledger" | "protection" | "ledger-protection" | "ci" | "agent";
  readonly on: string;
  readonly state: "there" | "done" | "would" | "left";
  readonly says: string;
  /** What a person does about what was left. */
  readonly todo?: string;
  /** It was asked for, and failed. */
  readonly failed?: true;
}

/** What a forge is asked to hold of a branch, at least. */
export interface Wanted {
  readonly requiredApprovals: number;
  readonly requiresCodeOwners: boolean;
  readonly requiredStatuses: readonly string[];
}

type Ruled = Pick<Environment, "name" | "branch" | "approvals">;

/** What the environment's own rules say, so that nothing is merged that an apply would not take. */
export function wantedOf({ name, approvals }: Pick<Ruled, "name" | "approvals">): Wanted {
  return { requiredApprovals: approvals.min, requiresCodeOwners: approvals.codeOwners === true, requiredStatuses: [previewCheck(name)] };
}

/** A run pushes the ledger itself: no review, no status can be asked of it. */
export const wantedOfLedger: Wanted = { requiredApprovals: 0, requiresCodeOwners: false, requiredStatuses: [] };

function wantedWords({ requiredApprovals, requiresCodeOwners, requiredStatuses }: Wanted): string {
  const parts = [
    requiredApprovals === 0 ? "" : `${requiredApprovals} review${requiredApprovals === 1 ? "" : "s"}`,
    requiresCodeOwners ? "the owners' reviews" : "",
    ...requiredStatuses,
    "no force push",
    "no deletion",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

export interface ProtectedBranch {
  readonly environment: Ruled;
  /** The ledger's branch, where it is that; else the environment's own. */
  readonly ledger?: string;
  /** Undefined: there is no forge. */
  readonly before: Looked<BranchProtection> | undefined;
  /** Undefined: a dry run. */
  readonly after: Looked<BranchProtection> | undefined;
}

function wrongs({ environment, ledger }: ProtectedBranch, protection: Looked<BranchProtection>): readonly Finding[] {
  const { name } = environment;
  const found = ledger === undefined ? branchFindings({ environment, protection }) : ledgerBranchFindings({ name, branch: ledger, protection });
  return found
    .filter(({ state, check }) => state === "wrong" || check === "owner-reviews" || check === "ledger-writers")
    .filter(({ state }) => state !== "right");
}

const byHand = "The host did not take it from here: set it by hand (docs/doctor.md).";
/** GitLab has one switch for it, of the whole project: what it would keep from being merged elsewhere is not ours to decide. */
const statusByHand = 'Require it by hand; on GitLab turn on "Pipelines must succeed" (Settings → Merge requests).';

const todoOf = ({ check, todo }: Finding): string | undefined => (check === "ledger-writers" ? todo : check === "status" ? statusByHand : byHand);

interface Asked {
  readonly wanted: Wanted;
  readonly step: (state: BootstrapStep["state"], says: string, todo?: string) => BootstrapStep;
}

function askedOf({ environment, ledger }: ProtectedBranch): Asked {
  const about = { step: ledger === undefined ? "protection" : "ledger-protection", on: ledger ?? environment.branch } as const;
  return {
    wanted: ledger === undefined ? wantedOf(environment) : wantedOfLedger,
    step: (state, says, todo) => ({ ...about, state, says, ...(todo === undefined ? {} : { todo }) }),
  };
}

/** What a dry run says of one branch. */
function foreseen(branch: ProtectedBranch, before: Looked<BranchProtection>, { wanted, step }: Asked): BootstrapStep {
  const isThere = "value" in before && before.value.exists;
  const isFine = isThere && wrongs(branch, before).every(({ check }) => check === "ledger-writers");
  return isFine ? step("there", `protected: ${wantedWords(wanted)}`) : step("would", `protect it: ${wantedWords(wanted)}`);
}

/** What became of one branch's protection, and what the host did not hold. */
export function protectionSteps(branch: ProtectedBranch): readonly BootstrapStep[] {
  const { before, after } = branch;
  const asked = askedOf(branch);
  const { wanted, step } = asked;
  if (before === undefined) {
    const todo = "Set TRUEUP_FORGE_TOKEN and run the same command again, or protect it by hand.";
    return [step("left", `there is no forge, or no token for it: ${wantedWords(wanted)}`, todo)];
  }
  const failure = [before, after].find((looked) => looked !== undefined && "problem" in looked);
  if (failure !== undefined && "problem" in failure) return [{ ...step("left", failure.problem.what, failure.problem.todo), failed: true }];
  if (after === undefined || !("value" in after) || !("value" in before)) return [foreseen(branch, before, asked)];
  const isSame = JSON.stringify(before.value) === JSON.stringify(after.value);
  const words = after.value.protected ? heldWords(after.value) : "not at all";
  return [
    isSame ? step("there", `protected: ${words}`) : step("done", `is now protected: ${words}`),
    ...wrongs(branch, after).map((finding) => step("left", finding.says, todoOf(finding))),
  ];
}

function heldWords({ requiredApprovals, requiresCodeOwners, requiredStatuses, allowsForcePush, allowsDeletion }: BranchProtection): string {
  const words = wantedWords({ requiredApprovals, requiresCodeOwners, requiredStatuses }).split(", ");
  return words.filter((word) => !(word === "no force push" && allowsForcePush) && !(word === "no deletion" && allowsDeletion)).join(", ");
}
