import type { LeaseFacts } from "../../domain/doctor/index.ts";
import { proofsOf, type Estate } from "../estate/index.ts";
import type { Lease } from "../ledger/index.ts";

/** Whether the process that holds the lease is gone. undefined: it is not of this host, boot and namespace. Only looks; a takeover also ends what it left. */
function goneHere(estate: Estate, lease: Lease): boolean | undefined {
  const { processes } = estate.host;
  const here = processes.here();
  const isHere = lease.host === estate.machine.host && lease.boot !== "" && lease.boot === here.boot && lease.pidNamespace === here.pidNamespace;
  if (!isHere || here.pidNamespace === "") return undefined;
  const facts = processes.facts(lease.pid);
  return facts === undefined || facts.startTicks !== lease.startTicks || facts.state === "Z" || facts.state === "X";
}

async function holderOf(estate: Estate, lease: Lease): Promise<LeaseFacts["holder"]> {
  const gone = goneHere(estate, lease);
  if (gone !== undefined) return gone ? "dead" : "alive";
  for (const proof of proofsOf(estate)) {
    const answer = await proof(lease);
    if (answer !== undefined) return answer.kind;
  }
  return "unknown";
}

export async function leaseFacts(estate: Estate, lease: Lease | null | undefined): Promise<LeaseFacts | undefined> {
  if (lease === null || lease === undefined) return undefined;
  const { run, who, host, acquiredAt, expiresAt } = lease;
  const isExpired = Date.parse(expiresAt) < estate.clock.now().getTime();
  return { run, who, host, since: acquiredAt, isExpired, holder: await holderOf(estate, lease) };
}
