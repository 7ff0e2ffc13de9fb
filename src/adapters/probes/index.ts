export { probe, type ProbeResult, type ProbeSite } from "./probe.ts";
