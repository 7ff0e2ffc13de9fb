export { playDemo, type DemoOptions, type DemoResult } from "./demo.ts";
export { playForgeDemo } from "./forge/play.ts";
export type { Mutation } from "./story.ts";
