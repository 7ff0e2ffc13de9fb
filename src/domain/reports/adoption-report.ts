import type { Problem } from "../../base/problem/index.ts";

/** A live value that was written down. */
export interface Adopted {
  readonly urn: string;
  readonly resource: string;
  readonly path: string;
  readonly file: string;
  /** In the file: `app.replicas`. */
  readonly where: string;
  readonly from: string;
  readonly to: string;
}

/** One that was not, and what a person can edit instead. `path` is "" for the whole resource. */
export interface LeftToPeople {
  readonly urn: string;
  readonly resource: string;
  readonly path: string;
  readonly file: string;
  readonly todo: string;
}

export interface Adoption {
  readonly environment: string;
  readonly stack: string;
  /** The environment's branch, into which it is to be merged. */
  readonly base: string;
  readonly by: string;
  readonly adopted: readonly Adopted[];
  readonly left: readonly LeftToPeople[];
  /** Where anything was written. */
  readonly branch?: string;
  readonly commit?: string;
  readonly pullRequest?: { readonly number: number; readonly url: string };
  /** Why no pull request was opened although there is a forge. */
  readonly problem?: Problem;
}
