import { join } from "node:path";
import { z } from "zod";
import type { Files, Processes } from "../../base/host/index.ts";
import type { Lease } from "./schema.ts";

/** What this machine last saw of a ledger: the defence against one that is rolled back, and the stop-watch on a silent holder. */
const seenSchema = z.object({
  head: z.string().regex(/^[0-9a-f]{40}$/),
  sequence: z.int().min(1),
  /** The lease as first seen with this value: seconds since boot, of this boot. */
  lease: z.object({ value: z.string(), boot: z.string(), uptimeS: z.number() }).nullable(),
});
export type Seen = z.infer<typeof seenSchema>;

/** Where one environment's last sighting is kept, in the folder that all runners of a host share. */
export function seenFileOf(directory: string, environment: string): string {
  return join(directory, `${environment}.seen.json`);
}

/** undefined when nothing was seen yet, or when the file cannot be understood (it is then written anew). */
export async function readSeen(files: Files, file: string): Promise<Seen | undefined> {
  const text = await files.read(file);
  if (text === undefined) return undefined;
  try {
    return seenSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Never backwards: another runner of this host may have seen more by now. */
export async function writeSeen(files: Files, file: string, seen: Seen): Promise<void> {
  const before = await readSeen(files, file);
  if (before !== undefined && before.sequence > seen.sequence) return;
  await files.write(file, `${JSON.stringify(seen)}\n`);
}

function valueOf(lease: Lease): string {
  return `${lease.owner} ${lease.fencing} ${lease.renewedAt}`;
}

/** The stop-watch on a lease: goes on while its value stays the same in the same boot, else starts again. */
export function watchLease(processes: Processes, before: Seen | undefined, lease: Lease | null): Seen["lease"] {
  if (lease === null) return null;
  const { boot } = processes.here();
  const value = valueOf(lease);
  const known = before?.lease ?? null;
  if (known !== null && known.value === value && known.boot === boot && boot !== "") return known;
  return { value, boot, uptimeS: processes.uptimeS() };
}

/** Milliseconds for which this machine has seen this lease unchanged, on the clock that counts from boot. */
export function silentMs(processes: Processes, watch: Seen["lease"], lease: Lease): number {
  if (watch === null || watch.value !== valueOf(lease) || watch.boot !== processes.here().boot) return 0;
  return Math.max(0, (processes.uptimeS() - watch.uptimeS) * 1000);
}
