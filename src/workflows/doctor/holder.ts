import type { LeaseFacts } from "../../domain/doctor/index.ts";
import { holderOf, type Estate } from "../estate/index.ts";
import type { Lease } from "../ledger/index.ts";

export async function leaseFacts(estate: Estate, lease: Lease | null | undefined): Promise<LeaseFacts | undefined> {
  if (lease === null || lease === undefined) return undefined;
  const { run, who, host, acquiredAt, expiresAt } = lease;
  const isExpired = Date.parse(expiresAt) < estate.clock.now().getTime();
  return { run, who, host, since: acquiredAt, isExpired, holder: await holderOf(estate, lease) };
}
