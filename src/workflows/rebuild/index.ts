export { rebuildEnvironment, type Rebuild } from "./rebuild.ts";
export type { Asked, RebuildRequest } from "./request.ts";
