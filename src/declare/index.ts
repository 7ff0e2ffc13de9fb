export { defineEnvironment } from "./define-environment.ts";
export { defineOrganisation } from "./define-organisation.ts";
export { defineStack } from "./define-stack.ts";
export { project, stack, type ProjectEntry, type StackEntry, type StackSettings } from "./stack.ts";
export type { ArgsOf, Outputs, OutputsOf, StackContext, StackProgram, StackReader } from "./program.ts";
export type { EnvironmentFile, OrganisationFile } from "../domain/environments/index.ts";
