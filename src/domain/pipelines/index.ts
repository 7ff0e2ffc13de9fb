export { githubPipelines } from "./github.ts";
export { gitlabPipelines } from "./gitlab.ts";
export type { PipelineFile, PipelineNeeds, Pipelines, TrueupSource } from "./needs.ts";
