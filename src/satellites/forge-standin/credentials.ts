import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { Secret } from "../../base/secret/index.ts";
import type { AppFacts } from "./github-desk.ts";
import type { Permission, Token } from "./model.ts";

export type StandinCredentials =
  | { readonly token: Secret }
  | { readonly app: { readonly id: string; readonly installation: string; readonly privateKey: Secret } };

/** Whom trueup is, where nothing else is said. */
export const us = "trueup-ci";

export const firstPeople: readonly (readonly [string, Permission])[] = [
  [us, "maintain"],
  ["ann", "admin"],
  ["bob", "write"],
  ["cyd", "maintain"],
  ["dan", "read"],
  ["mallory", "none"],
];

/** One key pair for all: making one takes as long as a whole test. */
let keys: { readonly publicKey: string; readonly privateKey: string } | undefined;

export function newApp(): { readonly app: AppFacts; readonly privateKey: string } {
  keys ??= generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return { app: { id: 4711, slug: "trueup-app", installation: 815, publicKey: keys.publicKey }, privateKey: keys.privateKey };
}

/** The token that git sends: as the password of anybody, or as a bearer's. */
export function tokenIn(headers: IncomingHttpHeaders): string | undefined {
  const [, scheme = "", value = ""] = /^(\w+)\s+(\S+)$/.exec(headers.authorization ?? "") ?? [];
  if (scheme.toLowerCase() !== "basic") return scheme === "" ? undefined : value;
  const pair = Buffer.from(value, "base64").toString();
  return pair.slice(pair.indexOf(":") + 1);
}

export interface Credentials {
  (as: { readonly login?: string; readonly app?: boolean; readonly installationToken?: boolean }): StandinCredentials;
}

export function credentialsOf({
  tokens,
  prefix,
  app,
  privateKey,
}: {
  readonly tokens: Map<string, Token>;
  readonly prefix: string;
  readonly app: AppFacts | undefined;
  readonly privateKey: string;
}): Credentials {
  return ({ login = us, app: asApp = false, installationToken = false }) => {
    if (asApp && app !== undefined) return { app: { id: String(app.id), installation: String(app.installation), privateKey: new Secret(privateKey) } };
    const installation = installationToken && app !== undefined;
    const value = `${installation ? "ghs_" : prefix}${randomBytes(18).toString("hex")}`;
    tokens.set(value, { name: `token ${tokens.size + 1} of ${installation ? "app" : login}`, login: installation ? `${app.slug}[bot]` : login, installation });
    return { token: new Secret(value) };
  };
}
