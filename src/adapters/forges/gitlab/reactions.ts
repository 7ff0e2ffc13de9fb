import { Problem } from "../../../base/problem/index.ts";
import type { Reaction } from "../forge.ts";
import { Refusal, type GitlabCall } from "./call.ts";
import { Award, Awards } from "./schema.ts";

const emoji = { seen: "eyes", done: "white_check_mark", refused: "x" } as const satisfies Record<Reaction, string>;
const names = new Set<string>(Object.values(emoji));

export interface ReactionSite {
  readonly iid: number;
  readonly me: number;
  readonly comment: string;
}

async function removeAward(call: GitlabCall, { iid, comment }: ReactionSite, award: number): Promise<void> {
  try {
    await call.act((api) => api.awards.remove(call.project, iid, Number(comment), award));
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.code !== "FORGE_MISSING") throw thrown;
  }
}

/** The new one first: a comment that was seen never looks as if it was not. */
export async function setReaction(call: GitlabCall, site: ReactionSite, reaction: Reaction): Promise<void> {
  const { iid, me, comment } = site;
  const wanted = emoji[reaction];
  const awards = await call.read(Awards, (api) => api.awards.all(call.project, iid, Number(comment), { perPage: 100 }));
  const ours = awards.filter((award) => award.user.id === me && names.has(award.name));
  if (!ours.some((award) => award.name === wanted)) {
    const given = await call.attempt(Award, [404], (api) => api.awards.award(call.project, iid, Number(comment), wanted));
    // GitLab says 404 also when another run of ours was quicker.
    if (given instanceof Refusal && !/already been taken/i.test(given.words)) throw call.failures.answered(given.answer, given.question);
  }
  for (const award of ours) if (award.name !== wanted) await removeAward(call, site, award.id);
}
