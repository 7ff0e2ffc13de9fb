export { Secret } from "./secret.ts";
export { Scrubber } from "./scrubber.ts";
