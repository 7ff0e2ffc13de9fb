export { backUp, failureOf, heard, verifyFailure, verifyStack, type Attempt, type RunFacts } from "./stack-run.ts";
