export { playDemo, type DemoOptions, type DemoResult } from "./demo.ts";
export type { Mutation } from "./story.ts";
