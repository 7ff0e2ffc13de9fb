import { Problem } from "../../base/problem/index.ts";

/** Where jobs get trueup from: a repository, at one commit. */
export interface TrueupSource {
  /** `https://host/owner/name`, without credentials. */
  readonly url: string;
  /** 40 hex digits. */
  readonly commit: string;
}

/**
 * How long the job of a push waits for whoever holds the environment: most runs end within it, a holder that was killed is proved dead in it, and
 * what is left of the job's own time is enough for an apply. One word, as the action takes it.
 */
export const waits = "--wait=60";

/** What a repository's pipelines depend on. */
export interface PipelineNeeds {
  readonly environments: readonly {
    readonly name: string;
    readonly branch: string;
    /** Some of its drift is put back by the schedule, which takes the identity that may apply. */
    readonly repairs: boolean;
    /** The variable that holds the passphrase of its state, when it is one. */
    readonly passphrase?: string;
    /** Variables that hold the secrets of its notices. */
    readonly receivers?: readonly string[];
  }[];
  readonly source: TrueupSource;
}

export interface PipelineFile {
  /** Repository path. */
  readonly path: string;
  readonly text: string;
  /** A person's own file, of which this is only a beginning: left alone where it is there. */
  readonly onlyWhenAbsent?: boolean;
}

export interface Pipelines {
  readonly files: readonly PipelineFile[];
  /** What a person still has to do, in order; each one sentence or two. */
  readonly todo: readonly string[];
}

/** Branches as they can be written into a pipeline's own patterns and comparisons without meaning anything else. */
export function branchesOf({ environments }: PipelineNeeds): readonly string[] {
  const odd = environments.find(({ branch }) => !/^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(branch));
  if (odd !== undefined)
    throw new Problem("CONFIG_INVALID", {
      what: `the branch "${odd.branch}" has a character that means something else in a pipeline file`,
      on: `environments/${odd.name}/environment.ts`,
      todo: "Name it with letters, digits, dots, dashes, underscores and slashes only, or write the pipeline by hand after docs/ci.md.",
    });
  return [...new Set(environments.map(({ branch }) => branch))].toSorted();
}

/** As far as the host can keep a secret of that name. */
function keepable(names: readonly string[]): readonly string[] {
  return [...new Set(names)].filter((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !/^(GITHUB|CI)_/i.test(name)).toSorted();
}

/** Variables that hold passphrases. */
export function passphrasesOf({ environments }: PipelineNeeds): readonly string[] {
  return keepable(environments.flatMap(({ passphrase }) => (passphrase === undefined ? [] : [passphrase])));
}

/** Variables by which receivers of notices are told: for the jobs that record something, never for those that run a pull request's code. */
export function receiverSecretsOf({ environments }: PipelineNeeds): readonly string[] {
  return keepable(environments.flatMap(({ receivers = [] }) => receivers));
}

export const repairsDrift = ({ environments }: PipelineNeeds): boolean => environments.some(({ repairs }) => repairs);
