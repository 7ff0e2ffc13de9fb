export { probe, type ProbeResult } from "./probe.ts";
export type { ProbeSite } from "./site.ts";
