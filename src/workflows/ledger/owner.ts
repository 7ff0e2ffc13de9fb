import { randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { processFacts } from "../../base/process/index.ts";
import type { Owner } from "./lease.ts";

function readOr(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return "";
  }
}

/** Which boot of which kernel, and which process namespace: a pid means nothing outside of them. "" where the system does not say. */
export function hereNow(): { readonly boot: string; readonly pidNamespace: string } {
  return { boot: readOr(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8")), pidNamespace: readOr(() => readlinkSync("/proc/self/ns/pid")) };
}

/** This process as the owner of leases. `who`: the user or CI job that a person would ask. */
export function thisOwner(host: string, who: string, job?: Owner["job"]): Owner {
  const here = { pid: process.pid, startTicks: processFacts(process.pid)?.startTicks ?? 0 };
  return { owner: randomBytes(8).toString("hex"), who, host, ...here, ...hereNow(), ...(job === undefined ? {} : { job }) };
}
