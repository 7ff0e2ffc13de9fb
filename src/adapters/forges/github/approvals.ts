import type { ForgeApproval } from "../forge.ts";
import type { GitHubCall } from "./client.ts";
import { review } from "./schema.ts";

/** Says nothing about approval, so it takes none back. */
const silent: readonly string[] = ["COMMENTED", "PENDING"];

export async function standingApprovals(call: GitHubCall, number: number): Promise<ForgeApproval[]> {
  const route = "GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews";
  const reviews = await call.all(route, review, { params: { pull_number: number }, right: "pull requests: read" });
  const newest = new Map<string, ForgeApproval | undefined>();
  const order = (submitted: string | undefined): number => (submitted === undefined ? 0 : Date.parse(submitted));
  for (const given of reviews.sort((a, b) => order(a.submitted_at) - order(b.submitted_at) || a.id - b.id)) {
    const { user, state, commit_id: commit, submitted_at: at } = given;
    if (user === undefined || silent.includes(state)) continue;
    const isApproval = state === "APPROVED" && at !== undefined;
    newest.set(user.login.toLowerCase(), isApproval ? { by: user.login, ...(commit === undefined ? {} : { commit }), at } : undefined);
  }
  return [...newest.values()].filter((approval) => approval !== undefined);
}
