import { asProblem } from "../../base/problem/index.ts";
import type { Comment, Forge, PullRequest } from "../../adapters/forges/index.ts";
import type { Sighting } from "../../domain/conversation/index.ts";
import { unsealPreviews, type Previewed, type Sealing } from "../../domain/gates/index.ts";
import { payloadOf } from "../../domain/reports/index.ts";
import { openPassphrase, treeOf, type Estate } from "../estate/index.ts";
import { isPreview } from "./preview-marker.ts";

/**
 * The previews of one environment that the comments of a pull request carry, whoever posted them: the seal is the proof, not the login. Previews
 * and applies may well sign in as different users, as GitLab's access tokens always do.
 */
export function sealedIn(comments: readonly Comment[], environment: string, by: Sealing): readonly Previewed[] {
  return comments.flatMap(({ body }) => {
    if (!isPreview(body)) return [];
    const found = unsealPreviews(payloadOf(body) ?? "", environment, by);
    return found.kind === "previews" ? found.previews : [];
  });
}

/** `ours`: told by this very login. */
interface Seen extends Sighting {
  readonly ours: boolean;
}

export interface Sightings {
  readonly pullRequest: PullRequest;
  /** Previews of these environments only. Left out: of all. */
  readonly only?: readonly string[];
}

/** Which heads signed previews on the pull request name, and when. What cannot be opened proves nothing. */
export async function previewSightings(estate: Estate, forge: Forge, { pullRequest, only }: Sightings): Promise<readonly Seen[]> {
  const { number } = pullRequest;
  const comments = (await forge.comments(number)).filter(({ body }) => isPreview(body));
  const head = await estate.repository.branch(pullRequest.base);
  if (comments.length === 0 || head === undefined) return [];
  const tree = await treeOf(estate.repository, head);
  const found = await Promise.all(
    (await estate.programs.environments(tree))
      .filter((name) => only?.includes(name) !== false)
      .map(async (name) => {
        try {
          const key = await openPassphrase(await estate.programs.environment(tree, name), estate.machine, estate.root);
          return comments.flatMap((one) => sealedIn([one], name, { pullRequest: number, key }).map(({ commit, at }) => ({ commit, at, ours: one.ours })));
        } catch (thrown) {
          estate.observe({ kind: "step", text: `${name}: no earlier preview can be read: ${asProblem(thrown, name).what}` });
          return [];
        }
      }),
  );
  return found.flat();
}
