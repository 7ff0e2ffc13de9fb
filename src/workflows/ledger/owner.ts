import { thisHost, type Host } from "../../base/host/index.ts";
import type { Owner } from "./lease.ts";

/** The process that runs on a host as the owner of leases. `who`: the user or CI job that a person would ask. */
export function ownerOn({ processes, random }: Host, named: Pick<Owner, "host" | "who" | "job" | "pod">): Owner {
  return { owner: random(8), ...named, ...processes.self(), ...processes.here() };
}

export function thisOwner(host: string, who: string, job?: Owner["job"]): Owner {
  return ownerOn(thisHost, { host, who, ...(job === undefined ? {} : { job }) });
}
