import type { Forge, PullRequest } from "../../adapters/forges/index.ts";
import { ownPart } from "../../domain/conversation/index.ts";
import { forkNotice, markerLine } from "../../domain/reports/index.ts";
import type { Estate } from "../estate/index.ts";
import { readableOn } from "./environments.ts";
import { isPreview, previewMarker } from "./preview-marker.ts";

/** Whether somebody already told a fork's pull request that it is not previewed by itself, or previewed it. */
export async function isForkTold(forge: Forge, number: number): Promise<boolean> {
  return (await forge.comments(number)).some((one) => one.ours && isPreview(one.body));
}

/**
 * Tells a fork's pull request, once, why nothing happens and who can change that; the preview that somebody asks for later takes this comment's place. Writes
 * nothing where one of ours is there. Returns whether it wrote. Raises FORGE_….
 */
export async function tellFork(
  estate: Estate,
  forge: Forge,
  { pullRequest, only }: { readonly pullRequest: PullRequest; readonly only?: readonly string[] },
): Promise<boolean> {
  const marker = previewMarker(ownPart(await readableOn(estate, pullRequest.base), only));
  // Last before it writes: a preview that came meanwhile must not be written over.
  if (await isForkTold(forge, pullRequest.number)) return false;
  await forge.saveComment(pullRequest.number, markerLine(marker), forkNotice(marker));
  return true;
}
