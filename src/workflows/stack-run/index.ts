export { patiently } from "./patiently.ts";
export { backUp, failureOf, heard, unfinishedIn, type Attempt, type RunFacts } from "./stack-run.ts";
export { verifyEnvironment, verifyFailure, verifyStack } from "./verify.ts";
