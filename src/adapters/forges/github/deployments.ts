import type { z } from "zod";
import { Problem } from "../../../base/problem/index.ts";
import type { Deployment } from "../forge.ts";
import type { GitHubCall } from "./client.ts";
import { anything, commit as commitSchema, deployment, deploymentStatus } from "./schema.ts";

const right = "deployments: write";
const list = "/repos/{owner}/{repo}/deployments";
const statuses = `${list}/{deployment_id}/statuses`;
const longestDescription = 140;

const states = { running: "in_progress", success: "success", failure: "failure" } as const satisfies Record<Deployment["state"], string>;

/** The oldest: when two runs made one each, both go on with the same. */
async function existing(call: GitHubCall, commit: string, environment: string): Promise<number | undefined> {
  const found = await call.all(`GET ${list}`, deployment, { params: { sha: commit, environment }, right });
  return found.map(({ id }) => id).sort((a, b) => a - b)[0];
}

async function idOf(call: GitHubCall, commit: string, { environment, description }: Deployment): Promise<number> {
  const params = { ref: commit, environment, description: description.slice(0, longestDescription), auto_merge: false, required_contexts: [] };
  for (let tries = 1; ; tries++) {
    const there = await existing(call, commit, environment);
    if (there !== undefined) return there;
    try {
      const made = await call.write(`POST ${list}`, deployment, { params, right });
      return (await existing(call, commit, environment)) ?? made.id;
    } catch (thrown) {
      // Refused for a commit that is not there?
      await call.read("GET /repos/{owner}/{repo}/commits/{ref}", commitSchema, { params: { ref: commit }, right: "contents: read" });
      // Perhaps only the answer was lost: look again.
      if (tries > 1 || !(thrown instanceof Problem) || thrown.code !== "FORGE_UNREACHABLE") throw thrown;
    }
  }
}

interface Told {
  readonly state: string;
  readonly description: string;
  readonly log_url?: string;
  readonly environment_url?: string;
}

/** Whether the newest status says all of it already. */
function isThere(newest: z.infer<typeof deploymentStatus> | undefined, { state, description, log_url: log, environment_url: page }: Told): boolean {
  if (newest?.state !== state || newest.description !== description) return false;
  return (log === undefined || (newest.log_url ?? newest.target_url) === log) && (page === undefined || newest.environment_url === page);
}

export async function moveDeployment(call: GitHubCall, commit: string, wanted: Deployment): Promise<void> {
  const id = await idOf(call, commit, wanted);
  const params = {
    deployment_id: id,
    state: states[wanted.state],
    description: wanted.description.slice(0, longestDescription),
    ...(wanted.url === undefined ? {} : { log_url: wanted.url }),
    ...(wanted.environmentUrl === undefined ? {} : { environment_url: wanted.environmentUrl }),
  };
  const past = await call.all(`GET ${statuses}`, deploymentStatus, { params: { deployment_id: id }, right });
  const [newest] = past;
  if (!isThere(newest, params)) await call.write(`POST ${statuses}`, anything, { params, right, repeatable: true });
}
