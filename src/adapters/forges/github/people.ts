import type { Person } from "../forge.ts";
import type { GitHubCall } from "./client.ts";
import { anything, membership, permission } from "./schema.ts";

const known: Readonly<Record<string, Person["permission"]>> = {
  admin: "admin",
  maintain: "maintain",
  write: "write",
  triage: "read",
  read: "read",
  none: "none",
};

async function permissionOf(call: GitHubCall, login: string): Promise<Person["permission"]> {
  const asking = { params: { username: login }, right: "metadata: read" };
  const found = await call.readIfThere("GET /repos/{owner}/{repo}/collaborators/{username}/permission", permission, asking);
  if (found !== undefined) {
    // A role of the organisation's own making has a name that says nothing; what it stands on does.
    return known[found.role_name ?? ""] ?? known[found.permission] ?? "none";
  }
  // "No such person" and "no such repository" are the same answer.
  await call.read("GET /repos/{owner}/{repo}", anything, { right: "metadata: read" });
  return "none";
}

async function isIn(call: GitHubCall, login: string, team: string): Promise<boolean> {
  const parts = /^@?([^/\s]+)\/([^/\s]+)$/.exec(team);
  if (parts === null) return false;
  const [, org = "", slug = ""] = parts;
  const asking = { params: { org, team_slug: slug, username: login }, right: "members: read (organisation)" };
  return (await call.readIfThere("GET /orgs/{org}/teams/{team_slug}/memberships/{username}", membership, asking))?.state === "active";
}

export async function whoIs(call: GitHubCall, login: string, asked: readonly string[]): Promise<Person> {
  const teams: string[] = [];
  for (const team of asked) if (await isIn(call, login, team)) teams.push(team);
  return { login, permission: await permissionOf(call, login), teams };
}
