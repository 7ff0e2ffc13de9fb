import { expect, test } from "vitest";
import { raised } from "./rulesets.ts";

const wanted = { requiredApprovals: 1, requiresCodeOwners: false, requiredStatuses: ["trueup/preview (prod)"] };

test("a ruleset that somebody tightened by hand is raised, never lowered, and keeps what it has of its own", () => {
  const known = [
    { type: "required_signatures" },
    { type: "pull_request", parameters: { required_approving_review_count: 3, require_code_owner_review: true, dismiss_stale_reviews_on_push: true } },
    {
      type: "required_status_checks",
      parameters: { required_status_checks: [{ context: "build", integration_id: 7 }], strict_required_status_checks_policy: true },
    },
  ];
  const rules = raised(known, wanted);
  expect(rules.map(({ type }) => type).sort()).toEqual(["deletion", "non_fast_forward", "pull_request", "required_signatures", "required_status_checks"]);
  expect(rules.find(({ type }) => type === "pull_request")?.parameters).toMatchObject({
    required_approving_review_count: 3,
    require_code_owner_review: true,
    dismiss_stale_reviews_on_push: true,
  });
  expect(rules.find(({ type }) => type === "required_status_checks")?.parameters).toMatchObject({
    required_status_checks: [{ context: "build", integration_id: 7 }, { context: "trueup/preview (prod)" }],
    strict_required_status_checks_policy: true,
  });
  expect(raised(rules, wanted)).toEqual(rules);
});

test("where nothing is wanted but that the branch stays, nothing else is asked of anybody", () => {
  expect(raised([], { requiredApprovals: 0, requiresCodeOwners: false, requiredStatuses: [] })).toEqual([{ type: "deletion" }, { type: "non_fast_forward" }]);
});
