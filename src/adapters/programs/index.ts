export { openPrograms, type ProgramsOptions } from "./open.ts";
export type { PreparedProgram, Programs, Tree } from "./port.ts";
