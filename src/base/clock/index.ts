export type { Clock } from "./clock.ts";
export { systemClock } from "./system.ts";
