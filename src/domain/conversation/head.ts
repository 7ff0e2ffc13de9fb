/** A commit that was the head of the pull request, and the latest moment at which it became so. ISO. */
export interface Sighting {
  readonly commit: string;
  readonly at: string;
}

export interface HeadFacts {
  /** The head now. */
  readonly head: string;
  /** When anything of the pull request changed last: a push, a comment, a label. */
  readonly updatedAt: string;
  /** Committer's date of the head, where it is known. Written by whoever made the commit: it can show that the head is newer, never that it is older. */
  readonly committedAt: string | undefined;
  readonly writtenAt: string;
  /** Of previews that are signed with an environment's key, any order. */
  readonly sightings: readonly Sighting[];
}

/**
 * The head when a comment was written, or undefined when nothing proves which it was. Forges keep no history of heads that can be trusted,
 * so only what cannot have come later counts:
 *  1. the newest head that a signed preview had seen before the comment, provided that it still is the head: then nobody can have looked at
 *     another one, unless it was pushed away and back, which changes nothing;
 *  2. a pull request in which nothing changed after the comment: then the head is the one of that moment.
 * Everything else counts as moved. So a comment is refused that was written before the first preview was there and followed by another
 * comment; writing it again helps. Not covered: the forge's clock and this machine's differ (sightings carry ours, comments the forge's), so
 * a push within that difference can be taken for older than the comment; and hosts tell time in seconds, so that a push in the very second
 * of the comment counts as before it, unless the commit's own date is later.
 */
export function headWhenWritten({ head, updatedAt, committedAt, writtenAt, sightings }: HeadFacts): string | undefined {
  const written = Date.parse(writtenAt);
  const committed = committedAt === undefined ? Number.NEGATIVE_INFINITY : Date.parse(committedAt);
  // Hosts cut times to seconds, git does too.
  const isYounger = Math.floor(committed / 1000) > Math.floor(written / 1000);
  if (!isYounger && Date.parse(updatedAt) <= written) return head;
  const seen = sightings.filter(({ at }) => Date.parse(at) <= written).sort((a, b) => Date.parse(b.at) - Date.parse(a.at))[0]?.commit;
  return isYounger && seen === head ? undefined : seen;
}
