import type { Lease } from "../ledger/index.ts";
import type { Estate } from "./estate.ts";
import { proofsOf } from "./proofs.ts";

/** Whether the process that holds the lease is gone. undefined: it is not of this host, boot and namespace. */
function goneHere(estate: Estate, lease: Lease): boolean | undefined {
  const { processes } = estate.host;
  const here = processes.here();
  const isHere = lease.host === estate.machine.host && lease.boot !== "" && lease.boot === here.boot && lease.pidNamespace === here.pidNamespace;
  if (!isHere || here.pidNamespace === "") return undefined;
  const facts = processes.facts(lease.pid);
  return facts === undefined || facts.startTicks !== lease.startTicks || facts.state === "Z" || facts.state === "X";
}

/** Whether who holds the lease still lives, by whatever knows. Only looks: a takeover asks again, and also ends what the dead one left. */
export async function holderOf(estate: Estate, lease: Lease): Promise<"alive" | "dead" | "unknown"> {
  const gone = goneHere(estate, lease);
  if (gone !== undefined) return gone ? "dead" : "alive";
  for (const proof of proofsOf(estate)) {
    const answer = await proof(lease);
    if (answer !== undefined) return answer.kind;
  }
  return "unknown";
}
