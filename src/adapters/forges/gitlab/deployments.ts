import { z } from "zod";
import type { Deployment as Wanted } from "../forge.ts";
import type { GitlabCall } from "./call.ts";
import { Deployment, Deployments, Environment } from "./schema.ts";

const states = { running: "running", success: "success", failure: "failed" } as const;
const ended = new Set(["success", "failed", "canceled"]);
const perPage = 100;
/** 1,000 deployments of one environment. A commit that was deployed before those and comes again is a new deployment, also to a person. */
const mostPages = 10;

const References = z.array(z.object({ type: z.string(), name: z.string() }));

const isOurs = (one: Deployment, environment: string, commit: string): boolean =>
  one.sha === commit && one.environment.name === environment && (one.deployable ?? null) === null;

interface Standing {
  readonly there: Deployment | undefined;
  /** Nothing else was deployed to the environment since. */
  readonly isNewest: boolean;
}

/** The newest of this environment and commit that is not a CI job's: those only the job moves. */
async function standing(call: GitlabCall, environment: string, commit: string): Promise<Standing> {
  for (let page = 1; page <= mostPages; page++) {
    const options = { environment, orderBy: "id", sort: "desc", page, perPage } as const;
    const some = await call.read(Deployments, (api) => api.deployments.all(call.project, options));
    const at = some.findIndex((one) => isOurs(one, environment, commit));
    if (at !== -1) return { there: some[at], isNewest: page === 1 && at === 0 };
    if (some.length < perPage) break;
  }
  return { there: undefined, isNewest: false };
}

async function branchOf(call: GitlabCall, environment: string, commit: string): Promise<string> {
  const options = { type: "branch", perPage } as const;
  const names = ((await call.find(References, (api) => api.commits.allReferences(call.project, commit, options))) ?? []).map((one) => one.name);
  return names.find((name) => name === environment || name.endsWith(`/${environment}`)) ?? names[0] ?? commit;
}

/** Of an environment, not of a deployment. GitLab shows a link to it wherever it names the environment. */
async function showAddress(call: GitlabCall, { environment }: Deployment, { environmentUrl }: Wanted): Promise<void> {
  if (environmentUrl === undefined || environment.external_url === environmentUrl) return;
  await call.read(Environment, (api) => api.environments.edit(call.project, environment.id, { externalUrl: environmentUrl }));
}

/**
 * GitLab keeps no description per deployment, the address with the environment, and one that has ended does not run again there: a second apply of what is
 * live keeps showing the first one's end until its own. A commit that comes back after another one is deployed anew, or GitLab would go on to show
 * that other one as live.
 */
export async function saveDeployment(call: GitlabCall, commit: string, wanted: Wanted): Promise<void> {
  const { environment } = wanted;
  const status = states[wanted.state];
  const { there, isNewest } = await standing(call, environment, commit);
  const runsAgain = there !== undefined && wanted.state === "running" && ended.has(there.status);
  let shown = there;
  if (there === undefined || (runsAgain && !isNewest)) {
    const ref = await branchOf(call, environment, commit);
    shown = await call.read(Deployment, (api) => api.deployments.create(call.project, environment, commit, ref, false, { status }));
  } else if (there.status !== status && !runsAgain) {
    shown = await call.read(Deployment, (api) => api.deployments.edit(call.project, there.id, status));
  }
  if (shown !== undefined) await showAddress(call, shown, wanted);
}
