export { environmentLog, environmentStatus } from "./status.ts";
export { describeStacks, describeEnvironments, type EnvironmentFacts, type StackFacts } from "./describe.ts";
