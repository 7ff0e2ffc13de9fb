/** How much one comment may hold. Both are kept below what the forge refuses, so that the forge's own edits (mentions, links) still fit. */
export interface Limits {
  /** UTF-16 code units. */
  readonly units: number;
  /** Bytes as UTF-8. */
  readonly bytes: number;
}

/** One row per forge. GitHub refuses 65,536 characters, GitLab 1,000,000, Bitbucket 32,768; Gitea has no limit of its own, its proxies have. */
export const commentLimits = {
  github: { units: 60_000, bytes: 200_000 },
  gitlab: { units: 400_000, bytes: 900_000 },
  gitea: { units: 60_000, bytes: 200_000 },
  bitbucket: { units: 30_000, bytes: 90_000 },
} as const satisfies Readonly<Record<string, Limits>>;

export type ForgeName = keyof typeof commentLimits;

/** Below this nothing useful can be said; callers that ask for less get this much. */
export const smallestLimits: Limits = { units: 6_000, bytes: 20_000 };

export function atLeast(asked: Limits): Limits {
  return { units: Math.max(asked.units, smallestLimits.units), bytes: Math.max(asked.bytes, smallestLimits.bytes) };
}

export function fits(text: string, limits: Limits): boolean {
  return text.length <= limits.units && Buffer.byteLength(text, "utf8") <= limits.bytes;
}
