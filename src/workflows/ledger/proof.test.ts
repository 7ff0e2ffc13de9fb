import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { thisHost } from "../../base/host/index.ts";
import { JournalWriter } from "./journal.ts";
import type { Owner, ProofOfLife } from "./lease.ts";
import { proveHolder } from "./proof.ts";
import type { Lease } from "./schema.ts";

const folder = mkdtempSync(join(tmpdir(), "trueup-proof-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { pid, startTicks } = thisHost.processes.self();
const me: Owner = { owner: "aa", who: "me", host: "host-1", pid, startTicks, boot: "b", pidNamespace: "pid:[4026532179]" };
const times = { acquiredAt: "2026-11-20T10:00:00.000Z", renewedAt: "2026-11-20T10:00:00.000Z", expiresAt: "2026-11-20T10:10:00.000Z" };
/** As seen from here: the same number of a namespace, but no such process in it. */
const lease: Lease = { ...me, owner: "bb", who: "a job", pid: 4_190_000, startTicks: 1, run: "run-1", fencing: 1, ...times };
const ended: ProofOfLife = async () => ({ kind: "dead", how: "its host says that the job has ended" });
const silent = { kind: "silent", forMs: 7 };

describe("a holder whose process this host does not know", () => {
  const prove = (sessionsFile: string, proofs: readonly ProofOfLife[]): ReturnType<typeof proveHolder> =>
    proveHolder(lease, me, { host: thisHost, sessionsFile, silentMs: 7, proofs });

  test("and that noted nothing on this disk is asked about elsewhere: the number of its namespace may have been given again", async () => {
    const missing = join(folder, "missing.jsonl");
    expect(await prove(missing, [async () => undefined, ended])).toEqual({ kind: "dead", how: "its host says that the job has ended" });
    expect(await prove(missing, [async () => ({ kind: "alive" })])).toEqual({ kind: "alive" });
    expect(await prove(missing, [])).toEqual(silent);
  });

  test("is dead by its journal alone where there is one, whatever others say", async () => {
    const file = join(folder, "there.jsonl");
    new JournalWriter(file, thisHost).begin({ ...me, owner: "bb", pid: lease.pid, startTicks: 1 }, "run-1");
    expect(await prove(file, [async () => ({ kind: "alive" })])).toEqual({ kind: "dead", how: "process 4190000 on host-1 is gone" });
  });
});
