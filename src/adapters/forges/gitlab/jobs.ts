import type { CiJob } from "../forge.ts";
import type { GitlabCall } from "./call.ts";
import { Job, Pipeline } from "./schema.ts";

/** "canceling" is not here: the job's script still runs. */
const ended = new Set(["success", "failed", "canceled", "skipped"]);
const running = new Set(["created", "waiting_for_resource", "preparing", "waiting_for_callback", "pending", "running", "canceling", "scheduled"]);

function stateOf(status: string): "running" | "ended" | "unknown" {
  if (ended.has(status)) return "ended";
  return running.has(status) ? "running" : "unknown";
}

const isId = (text: string): boolean => /^[1-9]\d*$/.test(text);

/** A job keeps its id for one attempt only: a retry is another job. */
export async function jobStateOf(call: GitlabCall, { run, job }: CiJob): Promise<"running" | "ended" | "unknown"> {
  if (!isId(job ?? run)) return "unknown";
  if (job === undefined) {
    const pipeline = await call.find(Pipeline, (api) => api.pipelines.show(call.project, Number(run)));
    return pipeline === undefined ? "unknown" : stateOf(pipeline.status);
  }
  const found = await call.find(Job, (api) => api.jobs.show(call.project, Number(job)));
  // A job of another pipeline proves nothing about this one.
  return found === undefined || String(found.pipeline.id) !== run ? "unknown" : stateOf(found.status);
}
