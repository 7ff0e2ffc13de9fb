import type { Environment } from "../environments/index.ts";
import { previewCheck } from "../conversation/index.ts";
import { About, type Finding, type Looked } from "./finding.ts";

/** How the forge protects a branch. */
export interface BranchProtection {
  readonly exists: boolean;
  readonly protected: boolean;
  readonly requiredApprovals: number;
  readonly requiresCodeOwners: boolean;
  readonly allowsForcePush: boolean;
  readonly allowsDeletion: boolean;
  readonly requiredStatuses: readonly string[];
  /** `*write*`: everyone who may write. */
  readonly mayPush: readonly string[];
}

export interface BranchFacts {
  readonly environment: Pick<Environment, "name" | "branch" | "approvals">;
  readonly protection: Looked<BranchProtection>;
}

const everyone = "*write*";
/** GitLab asks for a good pipeline as a whole, in which a status of trueup's is one part. */
const wholePipeline = "*pipeline*";

const bootstrap = (name: string): string => `Run: trueup bootstrap --env ${name}`;

function reviews({ environment: { name, branch, approvals } }: BranchFacts, { requiredApprovals }: BranchProtection): Finding {
  const about = new About("reviews", branch);
  if (requiredApprovals >= approvals.min) return about.right(approvals.min === 0 ? `${name} wants none` : `a merge takes ${requiredApprovals}`);
  return about.wrong(`a merge takes ${requiredApprovals}, and approvals.min of ${name} is ${approvals.min}`, `Require ${approvals.min} (${bootstrap(name)}).`);
}

function codeOwners({ environment: { name, branch, approvals } }: BranchFacts, { requiresCodeOwners }: BranchProtection): readonly Finding[] {
  if (approvals.codeOwners !== true) return [];
  const about = new About("owner-reviews", branch);
  if (requiresCodeOwners) return [about.right("a merge takes the owners' reviews")];
  return [
    about.advice(
      "a merge does not take the owners' reviews: what they did not approve is merged, and waits at the apply",
      `Require them (${bootstrap(name)}).`,
    ),
  ];
}

function statuses({ environment: { name, branch } }: BranchFacts, { requiredStatuses }: BranchProtection): Finding {
  const about = new About("status", branch);
  const check = previewCheck(name);
  if (requiredStatuses.includes(check)) return about.right(`a merge takes ${check}`);
  if (requiredStatuses.includes(wholePipeline)) return about.right(`a merge takes a good pipeline, of which ${check} is a part`);
  return about.wrong(
    `a merge does not take ${check}: what would be refused is merged all the same`,
    `Require it (${bootstrap(name)}); on GitLab turn on "Pipelines must succeed".`,
  );
}

/** What holds of every branch that trueup rests on. */
function kept(name: string, branch: string, { allowsForcePush, allowsDeletion }: BranchProtection): readonly Finding[] {
  const [rewrite, deletion] = [new About("force-push", branch), new About("deletion", branch)];
  return [
    allowsForcePush
      ? rewrite.wrong("its history can be rewritten", `Forbid force pushes (${bootstrap(name)}).`)
      : rewrite.right("its history cannot be rewritten"),
    allowsDeletion ? deletion.wrong("it can be deleted", `Forbid it (${bootstrap(name)}).`) : deletion.right("it cannot be deleted"),
  ];
}

function pushers({ environment: { name, branch, approvals } }: BranchFacts, { mayPush }: BranchProtection): Finding {
  const about = new About("pushers", branch);
  if (mayPush.length === 0) return about.right("nobody is seen to be let in without a pull request");
  if (!mayPush.includes(everyone)) return about.right(`without a pull request: only ${mayPush.join(", ")}`);
  const says = "everyone who may write may push without a pull request";
  if (approvals.min === 0) return about.advice(says, "Require pull requests; what nobody looked at is applied.");
  return about.wrong(`${says}, and ${name} wants approvals`, `Require pull requests (${bootstrap(name)}); until then the apply holds what came without one.`);
}

function unseen(about: About, looked: Exclude<Looked<BranchProtection>, { value: unknown }> | undefined): Finding {
  if (looked === undefined)
    return about.unknown("there is no forge, or no token for it: how it is protected is not known", "Set TRUEUP_FORGE_TOKEN, or look at the host's settings.");
  return about.unknown(`how it is protected cannot be seen: ${looked.problem.what}`, looked.problem.todo);
}

function open(check: string, { name, branch }: { readonly name: string; readonly branch: string }, { exists }: BranchProtection): Finding {
  const about = new About(check, branch);
  if (!exists) return about.wrong("the branch is not there", bootstrap(name));
  return about.wrong("it is not protected: everyone who may write can push, rewrite and delete it", bootstrap(name));
}

/** The branch that says what should be. */
export function branchFindings(facts: {
  readonly environment: BranchFacts["environment"];
  readonly protection: BranchFacts["protection"] | undefined;
}): readonly Finding[] {
  const { environment, protection } = facts;
  const about = new About("protection", environment.branch);
  if (protection === undefined || "problem" in protection) return [unseen(about, protection)];
  const { value } = protection;
  if (!value.exists || !value.protected) return [open("protection", environment, value)];
  const seen: BranchFacts = { environment, protection };
  return [
    about.right("it is protected"),
    reviews(seen, value),
    ...codeOwners(seen, value),
    statuses(seen, value),
    ...kept(environment.name, environment.branch, value),
    pushers(seen, value),
  ];
}

function ledgerWriters(branch: string, { mayPush, requiredApprovals }: BranchProtection): Finding {
  const about = new About("ledger-writers", branch);
  const todo = "Let only the account that runs trueup push it (docs/doctor.md says how on each host).";
  if (requiredApprovals > 0) return about.wrong("it takes reviews, which no push of a run has", "Take the required reviews off this branch.");
  if (mayPush.includes(everyone)) return about.wrong("everyone who may write can write what is live, who approved and who holds the lease", todo);
  if (mayPush.length === 0) return about.unknown("who may push it is not told", todo);
  if (mayPush.length === 1) return about.right(`only ${mayPush.join("")} may push it: see that this is who runs trueup`);
  return about.wrong(`${mayPush.join(", ")} may push it, and only one of them can be who runs trueup`, todo);
}

/** The branch that says what is. */
export function ledgerBranchFindings(facts: {
  readonly name: string;
  readonly branch: string;
  readonly protection: Looked<BranchProtection> | undefined;
}): readonly Finding[] {
  const { name, branch, protection } = facts;
  const about = new About("ledger", branch);
  if (protection === undefined || "problem" in protection) return [unseen(about, protection)];
  const { value } = protection;
  if (!value.exists) return [about.advice("nothing was ever recorded: whoever pushes the branch first begins it", bootstrap(name))];
  if (!value.protected) return [open("ledger", facts, value)];
  return [about.right("it is protected"), ...kept(name, branch, value), ledgerWriters(branch, value)];
}
