import type { CiJob, Forge } from "../forge.ts";
import type { GitHubCall } from "./client.ts";
import { job as jobSchema, run } from "./schema.ts";

const right = "actions: read";
const one = "GET /repos/{owner}/{repo}/actions/runs/{run_id}";

/** A job's variables hold its key in the workflow; GitHub shows that, or a title, with the matrix's values and the calling job around it. */
function isJob(asked: string, found: { readonly id: number; readonly name: string }): boolean {
  const [last = ""] = found.name.split(" / ").slice(-1);
  return String(found.id) === asked || [found.name, last].some((name) => name === asked || name.startsWith(`${asked} (`));
}

export async function stateOfJob(call: GitHubCall, { run: id, job, attempt }: CiJob): ReturnType<Forge["jobState"]> {
  if (!/^\d+$/.test(id)) return "unknown";
  const params = { run_id: id, ...(attempt === undefined ? {} : { attempt_number: attempt }) };
  const route = attempt === undefined ? one : `${one}/attempts/{attempt_number}`;
  const found = await call.readIfThere(route, run, { params, right });
  if (found === undefined) return "unknown";
  if (found.status === "completed") return "ended";
  if (job === undefined) return "running";
  const jobs = await call.all(`${route}/jobs`, jobSchema, { params, key: "jobs", right });
  const named = jobs.filter((item) => isJob(job, item));
  if (named.length === 0) return "unknown";
  return named.every(({ status }) => status === "completed") ? "ended" : "running";
}
