export { ciOutputHere } from "./ci-job.ts";
export type { CiAnnotation, CiOutput } from "../../adapters/ci/index.ts";
