import { podHere } from "../../adapters/pod/index.ts";
import type { Owner, ProofOfLife } from "../ledger/index.ts";
import type { Estate } from "./estate.ts";

/** The pod that this process runs in, as a lease names it. */
export async function podOf({ machine }: Pick<Estate, "machine">): Promise<Owner["pod"]> {
  const self = (await podHere(machine))?.self;
  if (self === undefined) return undefined;
  const { container, ...pod } = self;
  return { ...pod, ...(container === undefined ? {} : { container: { ...container } }) };
}

/**
 * Asks the cluster whether the pod that holds a lease, or its container, is gone: a pod that was evicted or killed blocks nobody. Only a pod of the same
 * service account is asked for: a pod of another cluster is not in this one, alive or not.
 */
export function podProof({ machine }: Pick<Estate, "machine">): ProofOfLife {
  return async ({ pod, run, host }) => {
    const state = pod === undefined ? undefined : await (await podHere(machine))?.state(pod);
    // A pod that runs says nothing of one process in it.
    if (pod === undefined || state !== "ended") return undefined;
    const how = `the cluster says that pod ${pod.namespace}/${pod.name}, or its container, has ended (run ${run})`;
    // One that has the network of its node has its node's name too, and others with it.
    return host === pod.name ? { kind: "dead", how, machine: true } : { kind: "dead", how };
  };
}
