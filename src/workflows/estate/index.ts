export { absoluteBackend } from "./backend.ts";
export { environmentBranch, type EnvironmentBranch } from "./branch.ts";
export { eachOf } from "./parallel.ts";
export { openEstate, treeOf, type Estate, type EstateOptions } from "./estate.ts";
export { openPassphrase } from "./secrets.ts";
export { prepareSites, readRevision, type Revision, type Sites, type UnknownMarks } from "./revision.ts";
export { actorOf, ledgerOf } from "./record.ts";
export type { Observer, Progress, StackPhase } from "./observer.ts";
