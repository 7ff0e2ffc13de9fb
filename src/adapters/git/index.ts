export { openRepository, type RepositoryOptions } from "./repository.ts";
export type { Credentials } from "./remote.ts";
export type { CommitFacts, PushOutcome, Repository, RevertedTree, Sha, TreeEntry } from "./port.ts";
export { lookAtClone, makeClone, type LocalClone } from "./clone.ts";
export { readSignatures, type CommitSignature, type Signer } from "./signatures.ts";
export { fetchVariable } from "./fetch.ts";
