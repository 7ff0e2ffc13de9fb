/** How a rollback was written to git, as the ledger keeps it. */
interface Kept {
  readonly kind: string;
  readonly number?: number | undefined;
  readonly url?: string | undefined;
  readonly name?: string | undefined;
  readonly sha?: string | undefined;
  readonly files?: readonly string[] | undefined;
  readonly why?: string | undefined;
}

interface Where {
  readonly environment: string;
  readonly branch: string;
}

const texts: Readonly<Record<string, (kept: Kept, where: Where) => string>> = {
  "pull-request": ({ number = 0, url = "" }, { branch }) => `#${number} takes it out of ${branch}: ${url}`,
  branch: ({ name = "its branch" }, { branch }) => `merge ${name} to take it out of ${branch}`,
  commit: ({ sha = "" }, { branch }) => `${sha.slice(0, 7)} took it out of ${branch}`,
  none: ({ why = "" }, { branch, environment }) => `${branch} still says it, ${why}: take it back with: trueup rollback ${environment}`,
  conflict: ({ files = [] }, { branch }) => `${branch} still says it, and others changed ${files.slice(0, 3).join(", ")} since: revert it by hand`,
  nothing: (_, { branch }) => `${branch} does not say it any more`,
};

/** What there is to say of it to somebody who asks why the branch and what is live differ. Kinds of a newer trueup are shown by their name. */
export function writtenBackText(kept: Kept, where: Where): string {
  return Object.hasOwn(texts, kept.kind) ? (texts[kept.kind]?.(kept, where) ?? kept.kind) : kept.kind;
}
