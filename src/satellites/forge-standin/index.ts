export { openStandin, type JobName, type Standin, type StandinSettings } from "./standin.ts";
export type { MergeStyle } from "./git.ts";
export { randomOf, type Fault } from "./faults.ts";
export type { ShownStatus } from "./shown.ts";
