import { readFile } from "node:fs/promises";
import { keysIn } from "./keys.ts";
import type { AwsKeys } from "./sign.ts";

type Variables = Readonly<Record<string, string>>;

const deadlineMs = 10_000;
const answerCap = 64 * 1024;
/** The shortest that STS gives; a role's keys are asked for anew well before they are over. */
const seconds = 900;
const freshMs = 5 * 60_000;
const mostKept = 16;

export function regionOf(variables: Variables): string {
  return variables["AWS_REGION"] ?? variables["AWS_DEFAULT_REGION"] ?? "us-east-1";
}

/** Where STS answers, as variables say it, else the regional one of AWS. */
export function stsEndpoint(variables: Variables): string {
  const region = regionOf(variables);
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return variables["AWS_ENDPOINT_URL_STS"] ?? variables["AWS_ENDPOINT_URL"] ?? `https://sts.${region}.${domain}`;
}

/** The text of one XML element without children. */
export function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]{1,4096})</${name}>`).exec(xml)?.[1];
}

interface Claim {
  readonly role: string;
  readonly file: string;
  readonly session: string;
  readonly endpoint: string;
}

/** A role and the file of a signed statement, as CI hosts and clusters give them. A profile goes first in every SDK, and is left to the engine. */
function claimIn(variables: Variables): Claim | undefined {
  const [role = "", file = "", profile = ""] = ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_PROFILE"].map((name) => variables[name]);
  const endpoint = stsEndpoint(variables);
  if (role === "" || file === "" || profile !== "" || !URL.canParse(endpoint)) return undefined;
  return { role, file, session: variables["AWS_ROLE_SESSION_NAME"] || "trueup", endpoint };
}

async function exchange({ role, file, session, endpoint }: Claim): Promise<AwsKeys | undefined> {
  try {
    const token = (await readFile(file, "utf8")).trim();
    const asked = { Action: "AssumeRoleWithWebIdentity", Version: "2011-06-15", RoleArn: role, RoleSessionName: session, WebIdentityToken: token };
    const answer = await fetch(new URL("/", endpoint), {
      method: "POST",
      body: new URLSearchParams({ ...asked, DurationSeconds: String(seconds) }),
      redirect: "error",
      signal: AbortSignal.timeout(deadlineMs),
    });
    const text = (await answer.text()).slice(0, answerCap);
    const [id, secret, made] = ["AccessKeyId", "SecretAccessKey", "SessionToken"].map((name) => element(text, name));
    return !answer.ok || id === undefined || secret === undefined || made === undefined ? undefined : { id, secret, session: made };
  } catch {
    return undefined;
  }
}

const kept = new Map<string, { readonly since: number; readonly keys: Promise<AwsKeys | undefined> }>();

/**
 * The keys that these variables give: as such, else those of the role that a web identity takes on at STS (GitLab's and GitHub's OIDC, a cluster's service
 * account), for a quarter of an hour and kept for a third of it. undefined: they are to be had another way (profiles, metadata), or not now. Never throws.
 */
export async function keysOf(variables: Variables): Promise<AwsKeys | undefined> {
  const claim = keysIn(variables) === undefined ? claimIn(variables) : undefined;
  if (claim === undefined) return keysIn(variables);
  const [name, now] = [JSON.stringify(claim), performance.now()];
  const known = kept.get(name);
  if (known !== undefined && now - known.since < freshMs) return known.keys;
  const keys = exchange(claim);
  kept.delete(name);
  kept.set(name, { since: now, keys });
  for (const oldest of [...kept.keys()].slice(0, -mostKept)) kept.delete(oldest);
  // What was not given now may be given in a moment.
  if ((await keys) === undefined && kept.get(name)?.keys === keys) kept.delete(name);
  return keys;
}
