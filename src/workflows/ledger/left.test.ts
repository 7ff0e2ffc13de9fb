import { describe, expect, test } from "vitest";
import type { Host } from "../../base/host/index.ts";
import type { JournalHolder } from "./journal.ts";
import { leftRuns } from "./left.ts";
import { thisOwner } from "./owner.ts";
import { thisHost } from "../../base/host/index.ts";
import { systemClock } from "../../base/clock/index.ts";

const me = { ...thisOwner("host-1", "Ann"), owner: "me", host: "host-1", boot: "boot-1", pidNamespace: "pids-1", pid: 10, startTicks: 1 };
const holder: JournalHolder = { owner: "other", run: "run-1", pid: 20, startTicks: 2, host: me.host, boot: me.boot, pidNamespace: me.pidNamespace };
const engine = 30;
const text = [{ holder }, { session: engine, startTicks: 3, at: 0, stack: "dev.shop" }].map((line) => JSON.stringify(line)).join("\n");

interface Scene {
  /** Of the process that lost the lease. */
  readonly state: "S" | "T";
  /** Seconds after which its engine ends by itself; undefined: never. */
  readonly endsAfterS: number | undefined;
  readonly lookOnly?: boolean;
}

/** What is found of a holder whose process lives while another one has the lease: told, killed, and after how many seconds. */
async function found({ state, endsAfterS, lookOnly = false }: Scene): Promise<{ readonly told: number; readonly killed: boolean; readonly afterS: number }> {
  let nowMs = 0;
  let isKilled = false;
  const lives = (): boolean => !isKilled && (endsAfterS === undefined || nowMs < endsAfterS * 1_000);
  const real = thisHost;
  const host: Host = {
    ...real,
    files: { ...real.files, list: async () => ["dev.sessions-other.jsonl"], read: async () => text },
    processes: {
      ...real.processes,
      facts: (pid) => (pid === holder.pid ? { state, startTicks: 2 } : pid === engine && lives() ? { state: "S", startTicks: 3 } : undefined),
      members: (session) => (session === engine && lives() ? [engine] : []),
      kill: async () => (isKilled = true),
    },
  };
  const clock = { ...systemClock, monotonicMs: () => nowMs, sleep: async (ms: number) => void (nowMs += ms) };
  const left = await leftRuns({ host, clock, directory: "/l", environment: "dev", me, proved: new Set(), lookOnly });
  return { told: left.length, killed: isKilled, afterS: Math.round(nowMs / 1_000) };
}

describe("engines of a holder that lives and lost its lease", () => {
  test("are killed at once where it is held still: it would go on where it wakes (torture, seed 21007)", async () => {
    expect(await found({ state: "T", endsAfterS: undefined })).toEqual({ told: 1, killed: true, afterS: 0 });
  });

  test("have a minute to end where it is at work, and are killed after that", async () => {
    expect(await found({ state: "S", endsAfterS: 5 })).toEqual({ told: 1, killed: false, afterS: 5 });
    expect(await found({ state: "S", endsAfterS: undefined })).toEqual({ told: 1, killed: true, afterS: 60 });
  });

  test("are nothing to who only looks, nor is a holder that has none", async () => {
    expect(await found({ state: "T", endsAfterS: undefined, lookOnly: true })).toEqual({ told: 0, killed: false, afterS: 0 });
    expect(await found({ state: "S", endsAfterS: 0 })).toEqual({ told: 0, killed: false, afterS: 0 });
  });
});
