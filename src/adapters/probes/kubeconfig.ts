import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { Secret } from "../../base/secret/index.ts";
import type { KubeconfigSource } from "../../domain/environments/index.ts";
import { jsonIn } from "./ask.ts";
import type { ProbeSite } from "./site.ts";

const text = z.string().min(1);
const pairs = z.array(z.looseObject({ name: text, value: z.string() })).nullish();
const command = z.looseObject({ apiVersion: text, command: text, args: z.array(z.string()).nullish(), env: pairs });
const clusterPart = z.looseObject({
  server: text,
  "certificate-authority-data": text.optional(),
  "certificate-authority": text.optional(),
  "insecure-skip-tls-verify": z.boolean().optional(),
  "tls-server-name": text.optional(),
});
const userPart = z.looseObject({
  token: text.optional(),
  tokenFile: text.optional(),
  "client-certificate-data": text.optional(),
  "client-certificate": text.optional(),
  "client-key-data": text.optional(),
  "client-key": text.optional(),
  exec: command.nullish(),
});
const kubeconfig = z.looseObject({
  "current-context": text,
  contexts: z.array(z.looseObject({ name: text, context: z.looseObject({ cluster: text, user: z.string().optional() }) })),
  clusters: z.array(z.looseObject({ name: text, cluster: clusterPart })),
  users: z.array(z.looseObject({ name: text, user: userPart.nullish() })).nullish(),
});

/** What gives a credential when it is run: most clusters of clouds have no other. */
export type CredentialCommand = z.infer<typeof command>;

/** The way to one cluster. Credentials are hidden until they are sent. */
export interface ClusterAccess {
  readonly server: URL;
  readonly serverName?: string;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: Secret;
  readonly token?: Secret;
  readonly command?: CredentialCommand;
}

/** Longer texts are no kubeconfig. */
const longest = 1024 * 1024;

/** The text or object that a kubeconfig comes as; a reason where there is none. */
async function sourced(source: KubeconfigSource, site: ProbeSite): Promise<{ readonly value: unknown } | { readonly no: string }> {
  if ("env" in source) {
    const value = site.variable?.(source.env);
    return value === undefined || value === "" ? { no: `the variable ${source.env} is not set` } : { value };
  }
  if ("file" in source) {
    const value = await readFile(resolve(site.directory, source.file), "utf8").catch(() => undefined);
    return value === undefined ? { no: `there is no file ${source.file}` } : { value };
  }
  const value = await site.output?.(source.stack, source.output);
  return value === undefined ? { no: `${source.stack} has no output ${source.output}` } : { value: value instanceof Secret ? value.reveal() : value };
}

function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (value.length > longest) return undefined;
  const json = jsonIn(value);
  // A secret output comes as the JSON of its value: of a text as a text in quotes.
  if (typeof json === "string") return parsed(json);
  if (json !== undefined) return json;
  try {
    return parse(value, { maxAliasCount: 10 }) as unknown;
  } catch {
    return undefined;
  }
}

const decoded = (base64: string | undefined): string | undefined => (base64 === undefined ? undefined : Buffer.from(base64, "base64").toString("utf8"));

/** What a kubeconfig has in itself, or else in a file beside it. */
async function part(data: string | undefined, file: string | undefined, site: ProbeSite): Promise<string | undefined> {
  return data ?? (file === undefined ? undefined : await readFile(resolve(site.directory, file), "utf8"));
}

type Config = z.infer<typeof kubeconfig>;

function currentOf(config: Config): { readonly cluster: z.infer<typeof clusterPart>; readonly user: z.infer<typeof userPart> } | undefined {
  const context = config.contexts.find(({ name }) => name === config["current-context"])?.context;
  const cluster = config.clusters.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config.users?.find(({ name }) => name === context?.user)?.user ?? {};
  return cluster === undefined ? undefined : { cluster, user };
}

const local: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

function serverFault(server: string, insecure: boolean | undefined): string | undefined {
  if (!URL.canParse(server) || !/^https?:\/\//.test(server)) return "its kubeconfig names no server";
  if (insecure === true) return "its kubeconfig says insecure-skip-tls-verify: who answers would not be known";
  const { protocol, hostname } = new URL(server);
  return protocol === "http:" && !local.includes(hostname) ? "its kubeconfig names a server that is not encrypted" : undefined;
}

type Current = NonNullable<ReturnType<typeof currentOf>>;

/** Without those that are undefined. */
function present<T extends object>(all: { readonly [Key in keyof T]: T[Key] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== null)) as Partial<T>;
}

const secret = (text: string | undefined): Secret | undefined => (text === undefined ? undefined : new Secret(text.trim()));

/** Reads the files that it names; raises what reading raises. */
async function accessOf({ cluster, user }: Current, site: ProbeSite): Promise<ClusterAccess> {
  const [ca, certificate, key, token] = await Promise.all([
    part(decoded(cluster["certificate-authority-data"]), cluster["certificate-authority"], site),
    part(decoded(user["client-certificate-data"]), user["client-certificate"], site),
    part(decoded(user["client-key-data"]), user["client-key"], site),
    part(user.token, user.tokenFile, site),
  ]);
  const rest = { serverName: cluster["tls-server-name"], ca, certificate, key: secret(key), token: secret(token), command: user.exec ?? undefined };
  return { server: new URL(cluster.server), ...present<Omit<ClusterAccess, "server">>(rest) };
}

/** The way to the cluster that a source's current context leads to; a reason in words where there is none. Nothing of its credentials is in the reason. */
export async function clusterAccess(source: KubeconfigSource, site: ProbeSite): Promise<ClusterAccess | { readonly no: string }> {
  const given = await sourced(source, site);
  if ("no" in given) return given;
  const read = kubeconfig.safeParse(parsed(given.value));
  const current = read.success ? currentOf(read.data) : undefined;
  if (current === undefined) return { no: "what should be a kubeconfig is none" };
  const fault = serverFault(current.cluster.server, current.cluster["insecure-skip-tls-verify"]);
  if (fault !== undefined) return { no: fault };
  return accessOf(current, site).catch(() => ({ no: "a file that its kubeconfig names cannot be read" }));
}
