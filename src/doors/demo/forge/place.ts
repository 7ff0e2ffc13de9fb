import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { openStandin, type Standin } from "../../../satellites/forge-standin/index.ts";
import { bringFiles, edit, git, worldIn, type Place, type World } from "../world.ts";

export type Host = Standin["name"];

/** The world of the story at a forge: Ann's clone over HTTP with her own token, and what a CI job gives trueup. */
export interface ForgeWorld extends World {
  readonly forge: Standin;
}

export async function makeForgeWorld(host: Host, place: Place, folder: string): Promise<ForgeWorld> {
  const forge = await openStandin(host);
  forge.allowAsTheHostDoes();
  const plain = worldIn(folder, place);
  const world = { ...plain, forge, remote: signedIn(forge, "ann"), variables: variablesOf(forge) };
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await git({ ...world, clone: folder }, "clone", "--quiet", world.remote, world.clone);
  await bringFiles(world);
  await git(world, "add", "--all");
  await git(world, "commit", "--quiet", "-m", "The estate of Acme: machines, clusters, apps and mesh");
  await git(world, "checkout", "--quiet", "-b", "env/dev");
  await git(world, "push", "--quiet", "origin", "main", "env/dev");
  forge.addToTeam(forge.traits.teamName, "bob");
  return world;
}

/** The address of the repository for somebody. */
function signedIn(forge: Standin, login: string): string {
  const { credentials } = forge.settings({ login });
  const url = new URL(forge.gitUrl);
  url.username = login;
  url.password = "token" in credentials ? credentials.token.reveal() : "";
  return url.toString();
}

function variablesOf(forge: Standin): Record<string, string> {
  const { kind, api, repository, credentials } = forge.settings();
  const token = "token" in credentials ? credentials.token.reveal() : "";
  return { TRUEUP_FORGE: kind, TRUEUP_FORGE_API: api, TRUEUP_FORGE_REPOSITORY: repository, TRUEUP_FORGE_TOKEN: token, TRUEUP_GIT_TOKEN: token };
}

/** From now on a change of dev wants the yes of somebody of the platform team. */
export async function wantApprovals(world: ForgeWorld): Promise<void> {
  const rule = `approvals: { min: 1, from: ["${world.forge.traits.teamName}"] },`;
  await edit(world, "environments/dev/environment.ts", { from: '  cloud: "sandbox",\n', to: `  cloud: "sandbox",\n  ${rule}\n` });
  await git(world, "commit", "--quiet", "--all", "-m", "A change of dev wants one approval of the platform team");
  await git(world, "push", "--quiet", "origin", "env/dev");
}

export const pageOf = ({ forge }: ForgeWorld, number: number): string =>
  join(forge.url, forge.repository, forge.name === "github" ? "pull" : "-/merge_requests", String(number)).replace(":/", "://");
