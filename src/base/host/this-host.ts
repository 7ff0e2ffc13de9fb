import { randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { uptime } from "node:os";
import { killSession, processFacts, sessionMembers } from "../process/index.ts";
import { diskFiles } from "./disk-files.ts";
import type { Host, Processes } from "./host.ts";

function readOr(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return "";
  }
}

const processes: Processes = {
  self: () => ({ pid: process.pid, startTicks: processFacts(process.pid)?.startTicks ?? 0 }),
  here: () => ({ boot: readOr(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8")), pidNamespace: readOr(() => readlinkSync("/proc/self/ns/pid")) }),
  uptimeS: uptime,
  facts: processFacts,
  members: sessionMembers,
  kill: (session) => killSession(session),
};

export const thisHost: Host = { files: diskFiles(), processes, random: (bytes) => randomBytes(bytes).toString("hex") };
