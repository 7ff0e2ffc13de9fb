/**
 * What of a stack is lost.
 *
 * | loss         | its state                                        | its objects              |
 * |--------------|--------------------------------------------------|--------------------------|
 * | `none`       | is there                                         | are there                |
 * | `cloud`      | is there                                         | all are gone             |
 * | `part`       | is there                                         | some are gone            |
 * | `state`      | is gone, or holds nothing                        | some, perhaps            |
 * | `both`       | is gone, or holds nothing                        | none is found            |
 * | `passphrase` | is there, and the passphrase does not open it    | some, perhaps            |
 * | `unfinished` | is there, and an earlier rebuild of it never ended, or an operation in it | whatever that had come to |
 */
export type Loss = "none" | "cloud" | "part" | "state" | "both" | "passphrase" | "unfinished";

export interface LossFacts {
  /** `locked`: the passphrase does not open it. */
  readonly state: "there" | "absent" | "locked";
  /** Objects of the state that the cloud no longer has, and how many it names at all. */
  readonly gone: number;
  readonly named: number;
  /** Objects that something else than the state leads to. */
  readonly found: number;
  /** What the ledger says is live. */
  readonly recorded: number;
  /** An earlier rebuild of it, or an operation in its state, never ended. */
  readonly isUnfinished: boolean;
}

export function lossOf({ state, gone, named, found, recorded, isUnfinished }: LossFacts): Loss {
  if (state === "locked") return "passphrase";
  if (state === "absent" || (named === 0 && recorded > 0 && !isUnfinished)) return found > 0 ? "state" : "both";
  if (isUnfinished) return "unfinished";
  if (gone === 0) return "none";
  return gone >= named ? "cloud" : "part";
}

/** What a person reads of a stack that lost this. */
export const lossWords: Readonly<Record<Loss, string>> = {
  none: "nothing is lost; it runs again because what it reads is made anew",
  cloud: "its objects are gone from the cloud, its state is there",
  part: "part of its objects are gone from the cloud",
  state: "its state is gone, objects of it are there",
  both: "its state is gone, and nothing of it is found in the cloud",
  passphrase: "its state cannot be opened with this passphrase: it is set aside and kept, and its secrets are made anew",
  unfinished: "an earlier rebuild of it never ended",
};
