export { pipelineHosts, writePipelines, type PipelineHost, type WrittenPipelines } from "./write.ts";
