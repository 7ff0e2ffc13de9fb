/**
 * Actions of others that written workflows use: the full commit that the release's tag stands for. A tag can be moved, a commit
 * cannot.
 */
export const pins = {
  checkout: { action: "actions/checkout", commit: "93cb6efe18208431cddfb8368fd83d5badbf9bfd", version: "v5.0.1" },
  awsCredentials: { action: "aws-actions/configure-aws-credentials", commit: "e6de054238d6b7531b4efff3b6587d9aade6a06c", version: "v6.2.3" },
} as const satisfies Record<string, { action: string; commit: string; version: string }>;

export const pinned = ({ action, commit, version }: (typeof pins)[keyof typeof pins]): string => `${action}@${commit} # ${version}`;
