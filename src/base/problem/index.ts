export { Problem, asProblem, type ProblemFacts, type Retry } from "./problem.ts";
export { problemCodes, type ProblemCode } from "./codes.ts";
export { didYouMean } from "./nearest.ts";
