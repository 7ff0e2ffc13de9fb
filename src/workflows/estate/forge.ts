import { Problem } from "../../base/problem/index.ts";
import type { Machine } from "../../base/process/index.ts";
import { Secret } from "../../base/secret/index.ts";
import { forgeClient, type Forge, type ForgeCredentials, type ForgeSettings } from "../../adapters/forges/index.ts";
import { lookAtClone } from "../../adapters/git/index.ts";
import type { Estate } from "./estate.ts";

type Variables = Pick<Machine, "variable">;
type Place = Omit<ForgeSettings, "credentials">;

const kinds = ["github", "gitlab"] as const;

/** `git@host:group/name.git`, `https://host/group/name.git`, `ssh://git@host:22/group/name` → host and path; undefined for a path of this machine. */
function placeOfRemote(remote: string): { readonly host: string; readonly repository: string } | undefined {
  const scp = /^(?:[^@/:]+@)?([^/:]+):(?!\/)(.+?)(?:\.git)?\/?$/.exec(remote);
  const url = /^(?:https?|ssh|git):\/\/(?:[^@/]*@)?([^/:]+)(?::\d+)?\/(.+?)(?:\.git)?\/?$/.exec(remote);
  const [, host, repository] = url ?? scp ?? [];
  return host === undefined || repository === undefined ? undefined : { host, repository };
}

function apiOf(kind: (typeof kinds)[number], host: string): string {
  if (kind === "gitlab") return `https://${host}/api/v4`;
  return host === "github.com" ? "https://api.github.com" : `https://${host}/api/v3`;
}

function kindOf(variables: Variables, host: string | undefined): (typeof kinds)[number] | undefined {
  const told = variables.variable("TRUEUP_FORGE");
  if (told !== undefined) {
    const kind = kinds.find((one) => one === told);
    if (kind !== undefined) return kind;
    throw new Problem("CONFIG_INVALID", { what: `there is no forge "${told}"`, on: "TRUEUP_FORGE", todo: `Known: ${kinds.join(", ")}.` });
  }
  if (variables.variable("GITHUB_ACTIONS") === "true") return "github";
  if (variables.variable("GITLAB_CI") === "true") return "gitlab";
  return kinds.find((kind) => host?.split(".").some((part) => part === kind) === true);
}

/**
 * Where the repository lives: what TRUEUP_FORGE… says, else what the remote's address tells, with the API that a CI job names. A remote that is a
 * path of this machine is on no forge, also inside a CI job: what is done there must not be told of the repository that the job belongs to.
 */
export function forgePlace(variables: Variables, remote: string): Place | undefined {
  const address = placeOfRemote(remote);
  const repository = variables.variable("TRUEUP_FORGE_REPOSITORY") ?? address?.repository;
  const kind = repository === undefined ? undefined : kindOf(variables, address?.host);
  if (kind === undefined || repository === undefined) return undefined;
  const byCi = variables.variable(kind === "github" ? "GITHUB_API_URL" : "CI_API_V4_URL");
  const api = variables.variable("TRUEUP_FORGE_API") ?? byCi ?? (address === undefined ? undefined : apiOf(kind, address.host));
  return api === undefined ? undefined : { kind, api: api.replace(/\/+$/, ""), repository };
}

function credentialsOf(variables: Variables, kind: Place["kind"]): ForgeCredentials | undefined {
  const app = { id: variables.variable("TRUEUP_GITHUB_APP_ID"), key: variables.variable("TRUEUP_GITHUB_APP_KEY") };
  if (kind === "github" && app.id !== undefined && app.key !== undefined) {
    const installation = variables.variable("TRUEUP_GITHUB_APP_INSTALLATION");
    return { app: { id: app.id, privateKey: new Secret(app.key), ...(installation === undefined ? {} : { installation }) } };
  }
  const token = variables.variable("TRUEUP_FORGE_TOKEN") ?? variables.variable(kind === "github" ? "GITHUB_TOKEN" : "GITLAB_TOKEN");
  return token === undefined || token === "" ? undefined : { token: new Secret(token) };
}

/** Where the clone's remote lives; undefined when that is on no known forge. */
export async function forgePlaceOf(estate: Estate): Promise<Place | undefined> {
  const { remote } = await lookAtClone(estate.root, "origin", estate.machine);
  return forgePlace(estate.machine, remote);
}

/** The forge of the clone's remote; undefined when it is on none or no credentials are given: then nobody is told and nobody can have approved. */
export async function forgeOf(estate: Estate): Promise<Forge | undefined> {
  const { machine } = estate;
  const place = await forgePlaceOf(estate);
  const credentials = place === undefined ? undefined : credentialsOf(machine, place.kind);
  if (place === undefined || credentials === undefined) return undefined;
  const open = await forgeClient(place.kind);
  return open({ ...place, credentials }, estate.clock);
}

/** As `forgeOf`, for commands that are nothing without one. Raises CONFIG_INVALID. */
export async function requireForge(estate: Estate): Promise<Forge> {
  const forge = await forgeOf(estate);
  if (forge !== undefined) return forge;
  throw new Problem("CONFIG_INVALID", {
    what: "no forge is known here, or no token for it",
    on: "the remote of this clone",
    todo: "Set TRUEUP_FORGE_TOKEN (or GITHUB_TOKEN, GITLAB_TOKEN); for a host of your own also TRUEUP_FORGE (github, gitlab) and TRUEUP_FORGE_API.",
  });
}
