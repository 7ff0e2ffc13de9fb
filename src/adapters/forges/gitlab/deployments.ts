import { z } from "zod";
import type { Deployment as Wanted } from "../forge.ts";
import { Refusal, type GitlabCall } from "./call.ts";
import { Deployment, Deployments } from "./schema.ts";

const states = { running: "running", success: "success", failure: "failed" } as const;
const perPage = 100;
/** 1,000 deployments of one environment. A commit that was deployed before those and comes again is a new deployment, also to a person. */
const mostPages = 10;

const References = z.array(z.object({ type: z.string(), name: z.string() }));

const isOurs = (one: Deployment, environment: string, commit: string): boolean =>
  one.sha === commit && one.environment.name === environment && (one.deployable ?? null) === null;

/** The newest of this environment and commit that is not a CI job's: those only the job moves. */
async function standing(call: GitlabCall, environment: string, commit: string): Promise<Deployment | undefined> {
  for (let page = 1; page <= mostPages; page++) {
    const options = { environment, orderBy: "id", sort: "desc", page, perPage } as const;
    const some = await call.read(Deployments, (api) => api.deployments.all(call.project, options));
    const found = some.find((one) => isOurs(one, environment, commit));
    if (found !== undefined || some.length < perPage) return found;
  }
  return undefined;
}

async function branchOf(call: GitlabCall, environment: string, commit: string): Promise<string> {
  const options = { type: "branch", perPage } as const;
  const names = ((await call.find(References, (api) => api.commits.allReferences(call.project, commit, options))) ?? []).map((one) => one.name);
  return names.find((name) => name === environment || name.endsWith(`/${environment}`)) ?? names[0] ?? commit;
}

/** GitLab keeps neither a description nor an address per deployment. */
export async function saveDeployment(call: GitlabCall, commit: string, wanted: Wanted): Promise<void> {
  const { environment } = wanted;
  const status = states[wanted.state];
  const there = await standing(call, environment, commit);
  if (there?.status === status) return;
  if (there !== undefined) {
    const moved = await call.attempt(Deployment, [400], (api) => api.deployments.edit(call.project, there.id, status));
    // What has ended does not run again: a second apply of the same commit is a deployment of its own.
    if (!(moved instanceof Refusal)) return;
  }
  const ref = await branchOf(call, environment, commit);
  await call.read(Deployment, (api) => api.deployments.create(call.project, environment, commit, ref, false, { status }));
}
