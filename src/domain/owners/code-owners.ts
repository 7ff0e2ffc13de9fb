/** Whose host reads the file: each has its own syntax and its own rules of what a line matches. */
export type Dialect = "github" | "gitlab";

/** One line that gives paths to people. */
export interface OwnerRule {
  /** 1-based. */
  readonly line: number;
  /** As written, without escapes. */
  readonly pattern: string;
  /** Logins, teams or groups, e-mail addresses, roles: `@ann`, `@acme/platform`, `ann@acme.example`, `@@maintainer`. Empty: nobody owns these paths. */
  readonly owners: readonly string[];
  /** GitLab's `!path`: takes what it matches out of the section, whatever follows. */
  readonly excludes: boolean;
}

export interface OwnerSection {
  /** "" for what stands before the first heading, and for all of GitHub's. */
  readonly name: string;
  /** Its owners are asked, and need not answer. */
  readonly optional: boolean;
  /** Owners that must approve. */
  readonly required: number;
  readonly rules: readonly OwnerRule[];
}

/** A line that the host does not understand, and therefore skips. */
export interface OwnerFault {
  readonly line: number;
  readonly what: string;
}

export interface CodeOwners {
  /** Repository path of the file. */
  readonly path: string;
  readonly dialect: Dialect;
  readonly sections: readonly OwnerSection[];
  readonly faults: readonly OwnerFault[];
}

/** Where a host looks, in its order: the first that is there is the file. */
export const ownerPlaces: Readonly<Record<Dialect, readonly string[]>> = {
  github: [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"],
  gitlab: ["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"],
};

/** A file of this size or more is not read by GitHub; GitLab names no such number, and a larger one is a mistake there too. */
export const tooManyBytes = 3 * 1024 * 1024;
