import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Machine } from "../../base/process/index.ts";
import { askApiServer, type ApiServer } from "./ask.ts";
import { containerId, podState } from "./state.ts";
import { tokenOwner } from "./token.ts";

/** One pod of one cluster, for ever: no other has its uid. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The uid of its service account: whoever has the same is in the same cluster, and asks the same API server. */
  readonly account: string;
  /** In which of its containers, where that is known: a pod outlives a container that is killed. */
  readonly container?: { readonly name: string; readonly id: string };
}

/** `ended`: nothing of it runs any more. `unknown`: there is no answer that says so, or it is another cluster's. */
export type PodState = "running" | "ended" | "unknown";

export interface PodHere {
  readonly self: Pod;
  /** Asks the API server about a pod of the same service account. Never throws; takes 5 s at the most. */
  state(pod: Pod): Promise<PodState>;
}

const usualFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

async function apiServer(machine: Pick<Machine, "variable">): Promise<ApiServer | undefined> {
  const host = machine.variable("KUBERNETES_SERVICE_HOST");
  if (host === undefined || host === "") return undefined;
  const folder = machine.variable("TRUEUP_SERVICE_ACCOUNT") ?? usualFolder;
  const [token, ca] = await Promise.all(["token", "ca.crt"].map((name) => readFile(join(folder, name), "utf8").catch(() => undefined)));
  if (token === undefined || ca === undefined) return undefined;
  return { host, port: machine.variable("KUBERNETES_SERVICE_PORT") ?? "443", ca, token };
}

const pathOf = ({ namespace, name }: Pod): string => `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;

/** A process stays in its container: what was told of it once holds. */
const ownContainers = new Map<string, string>();

async function ownContainer(server: ApiServer, pod: Pod, name: string | undefined): Promise<Pod["container"]> {
  if (name === undefined || name === "") return undefined;
  const key = `${pod.uid} ${name}`;
  if (!ownContainers.has(key)) {
    const answer = await askApiServer(server, pathOf(pod));
    const id = answer === undefined ? undefined : containerId(pod, name, answer);
    if (id !== undefined) ownContainers.set(key, id);
  }
  const id = ownContainers.get(key);
  return id === undefined ? undefined : { name, id };
}

/**
 * The pod that this process runs in, as the token in its files says; undefined outside of a cluster, and where no token is mounted. Which container of it
 * is asked once, where TRUEUP_CONTAINER names it. The token is read anew each time: the kubelet changes it.
 */
export async function podHere(machine: Pick<Machine, "variable">): Promise<PodHere | undefined> {
  const server = await apiServer(machine);
  const owner = server === undefined ? undefined : tokenOwner(server.token);
  if (server === undefined || owner === undefined) return undefined;
  const container = await ownContainer(server, owner, machine.variable("TRUEUP_CONTAINER"));
  return {
    self: { ...owner, ...(container === undefined ? {} : { container }) },
    state: async (pod) => {
      if (pod.account !== owner.account || pod.namespace !== owner.namespace) return "unknown";
      const answer = await askApiServer(server, pathOf(pod));
      return answer === undefined ? "unknown" : podState(pod, answer);
    },
  };
}
