import type { VerifyCheck, Workload } from "../../domain/environments/index.ts";
import { ask, jsonIn, type Told } from "./ask.ts";
import { withCredential } from "./credential.ts";
import { clusterAccess, type ClusterAccess } from "./kubeconfig.ts";
import { readiness } from "./readiness.ts";
import type { Answer, ProbeSite } from "./site.ts";

type Check = VerifyCheck & { kind: "kubernetes" };
type Get = (path: string) => Promise<Told | Error>;

const plurals = { deployment: "apps/v1", statefulset: "apps/v1", daemonset: "apps/v1", pod: "" } as const;

function pathOf({ kind, name }: Workload, namespace: string): string {
  const group = plurals[kind];
  return `${group === "" ? "/api/v1" : `/apis/${group}`}/namespaces/${encodeURIComponent(namespace)}/${kind}s/${encodeURIComponent(name)}`;
}

/** A GET at the API server, which must be who the kubeconfig's authority says. */
function getAt({ server, serverName, ca, certificate, key, token }: ClusterAccess): Get {
  const base = server.pathname.replace(/\/+$/, "");
  return (path) =>
    ask(server.protocol === "https:", {
      host: server.hostname.replace(/^\[|\]$/g, ""),
      port: server.port === "" ? undefined : Number(server.port),
      path: `${base}${path}`,
      headers: { accept: "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` }) },
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(ca === undefined ? {} : { ca }),
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key: key.reveal() }),
    });
}

/** The cluster of those who name none, in the sandbox. */
const sandboxCluster = "default";

/** A sandbox's clusters are in its console, whatever their servers are called: a rehearsal asks nobody real. */
async function sandboxGet({ kubeconfig }: Check, site: ProbeSite, console: number): Promise<Get | { readonly no: string }> {
  const access = kubeconfig === undefined ? undefined : await clusterAccess(kubeconfig, site);
  if (access !== undefined && "no" in access) return access;
  const cluster = access === undefined ? sandboxCluster : `${access.server.host}${access.server.pathname.replace(/\/+$/, "")}`;
  return (path) => ask(false, { host: "127.0.0.1", port: console, path: `/cluster/${encodeURIComponent(cluster)}${path}` });
}

async function reached(check: Check, site: ProbeSite): Promise<Get | { readonly no: string }> {
  if (site.sandboxConsole !== undefined) return sandboxGet(check, site, site.sandboxConsole);
  if (check.kubeconfig === undefined) return { no: "no kubeconfig says which cluster it is" };
  const access = await clusterAccess(check.kubeconfig, site);
  if ("no" in access) return access;
  const whole = await withCredential(access, site);
  return "no" in whole ? whole : getAt(whole);
}

const saidByServer: Readonly<Record<number, string>> = {
  401: "the API server does not know who asks",
  403: "it may not be read with this kubeconfig",
  404: "there is none",
};

async function askOne(get: Get, workload: Workload, namespace: string): Promise<Answer> {
  const told = await get(pathOf(workload, namespace));
  if (told instanceof Error) return { ok: false, answer: told.message };
  if (told.status !== 200) return { ok: false, answer: saidByServer[told.status] ?? `the API server says ${told.status}` };
  return readiness(workload, jsonIn(told.body));
}

/** Whether every workload is ready, as the cluster's API says: the first that is not, or all that were. */
export async function askKubernetes(check: Check, site: ProbeSite): Promise<Answer> {
  const get = await reached(check, site).catch((thrown: unknown) => ({ no: thrown instanceof Error ? thrown.message : "the cluster cannot be found out" }));
  if (typeof get !== "function") return { ok: false, answer: get.no };
  const said = await Promise.all(check.workloads.map(async (workload) => ({ workload, ...(await askOne(get, workload, check.namespace)) })));
  const named = said.map(({ workload: { kind, name }, ok, answer }) => ({ ok, text: `${kind}/${name}: ${answer}` }));
  const ill = named.filter(({ ok }) => !ok);
  if (ill.length === 0) return { ok: true, answer: named.map(({ text }) => text).join("; ") };
  return { ok: false, answer: `${ill[0]?.text ?? ""}${ill.length > 1 ? ` (and ${ill.length - 1} more)` : ""}` };
}
