import { expect, test } from "vitest";
import { Problem } from "../../base/problem/index.ts";
import { protectionSteps, wantedOf } from "./bootstrap.ts";
import type { BranchProtection } from "./branches.ts";

const environment = { name: "prod", branch: "env/prod", approvals: { min: 1, from: [], codeOwners: true } };
const open: BranchProtection = {
  exists: true,
  protected: false,
  requiredApprovals: 0,
  requiresCodeOwners: false,
  allowsForcePush: true,
  allowsDeletion: true,
  requiredStatuses: [],
  mayPush: ["*write*"],
};
const held: BranchProtection = {
  exists: true,
  protected: true,
  ...wantedOf(environment),
  allowsForcePush: false,
  allowsDeletion: false,
  mayPush: [],
};
const brief = (branch: Parameters<typeof protectionSteps>[0]): readonly string[] =>
  protectionSteps(branch).map(({ state, step, says }) => `${state} ${step}: ${says}`);

test("what is wanted of a branch is what its environment asks of an apply", () => {
  expect(wantedOf(environment)).toEqual({ requiredApprovals: 1, requiresCodeOwners: true, requiredStatuses: ["trueup/preview (prod)"] });
});

test("a branch is said to be protected now, or to have been; a dry run says what would be", () => {
  const words = "1 review, the owners' reviews, trueup/preview (prod), no force push, no deletion";
  expect(brief({ environment, before: { value: open }, after: { value: held } })).toEqual([`done protection: is now protected: ${words}`]);
  expect(brief({ environment, before: { value: held }, after: { value: held } })).toEqual([`there protection: protected: ${words}`]);
  expect(brief({ environment, before: { value: open }, after: undefined })).toEqual([`would protection: protect it: ${words}`]);
  expect(brief({ environment, before: { value: held }, after: undefined })).toEqual([`there protection: protected: ${words}`]);
});

test("what the host did not hold is left, and said; so is a branch without a forge, and a right that is missing", () => {
  const partly = { ...held, requiredApprovals: 0, requiresCodeOwners: false };
  const steps = protectionSteps({ environment, before: { value: open }, after: { value: partly } });
  expect(steps.map(({ state, says }) => `${state} ${says.split(/[,:]/)[0]}`)).toEqual([
    "done is now protected",
    "left a merge takes 0",
    "left a merge does not take the owners' reviews",
  ]);
  expect(steps.every(({ state, todo }) => state === "done" || (todo ?? "") !== "")).toBe(true);
  expect(protectionSteps({ environment, before: undefined, after: undefined })).toMatchObject([
    { state: "left", says: expect.stringContaining("no forge") as string },
  ]);
  const problem = new Problem("FORGE_REFUSED", { what: "no right", on: "x", todo: "give it" });
  expect(protectionSteps({ environment, before: { value: open }, after: { problem } })).toEqual([
    { step: "protection", on: "env/prod", state: "left", says: "no right", todo: "give it", failed: true },
  ]);
});

test("of the ledger's branch no review is asked; that everyone may write it is left to a person", () => {
  const ledger = { ...held, requiredApprovals: 0, requiresCodeOwners: false, requiredStatuses: [], mayPush: ["*write*"] };
  expect(brief({ environment, ledger: "trueup/prod", before: { value: open }, after: { value: ledger } })).toEqual([
    "done ledger-protection: is now protected: no force push, no deletion",
    "left ledger-protection: everyone who may write can write what is live, who approved and who holds the lease",
  ]);
});
