import { describe, expect, test } from "vitest";
import { decideLease, leaseHeld, leaseTimes, machineOf, renewed, type HolderProof, type Owner } from "./lease.ts";
import type { Lease } from "./schema.ts";

const nowMs = Date.parse("2026-11-20T10:00:00.000Z");
const owner = (name: string): Owner => ({ owner: name, who: name, host: "host-1", pid: 10, startTicks: 1, boot: "b", pidNamespace: "n" });
const me = owner("me");

function leaseOf(name: string, ageMs = 0): Lease {
  const decision = decideLease({ current: null, fencing: 6, me: owner(name), run: `run-${name}`, nowMs: nowMs - ageMs, proof: { kind: "alive" } });
  if (decision.kind === "held") throw new Error("a free lease was refused");
  return decision.lease;
}

const decide = (current: Lease | null, proof: HolderProof, run = "run-me"): string => decideLease({ current, fencing: 7, me, run, nowMs, proof }).kind;
const long = leaseTimes.lifetimeMs + leaseTimes.credentialLifeMs;

describe("who may have the lease", () => {
  test.each<[string, Lease | null, HolderProof, "take" | "held"]>([
    ["a free one is taken", null, { kind: "silent", forMs: 0 }, "take"],
    ["a living holder keeps it", leaseOf("her"), { kind: "alive" }, "held"],
    ["a living holder keeps it also when it ran out", leaseOf("her", 10 * long), { kind: "alive" }, "held"],
    ["a holder proved dead loses it before it runs out", leaseOf("her"), { kind: "dead", how: "gone" }, "take"],
    ["one of which nothing is known keeps it", leaseOf("her", 10 * long), { kind: "silent", forMs: 0 }, "held"],
    ["one that was silent for its lifetime alone keeps it", leaseOf("her", 10 * long), { kind: "silent", forMs: leaseTimes.lifetimeMs }, "held"],
    ["one that was silent for its lifetime and that of its credentials loses it", leaseOf("her"), { kind: "silent", forMs: long }, "take"],
    ["one's own is taken again", leaseOf("me"), { kind: "alive" }, "take"],
  ])("%s", (...[, current, proof, kind]) => expect(decide(current, proof)).toBe(kind));

  test("a clock that jumps three days ahead takes nothing away", () => {
    expect(
      decideLease({ current: leaseOf("her"), fencing: 7, me, run: "r", nowMs: nowMs + 3 * 86_400_000, proof: { kind: "silent", forMs: 60_000 } }).kind,
    ).toBe("held");
  });

  test("each lease has a higher fencing number, and renewing keeps it", () => {
    expect(decideLease({ current: leaseOf("her"), fencing: 41, me, run: "r", nowMs, proof: { kind: "dead", how: "" } })).toMatchObject({
      fencing: 42,
      lease: { fencing: 42 },
    });
    const held = leaseOf("me");
    expect(renewed(held, held, nowMs + 180_000)).toMatchObject({ fencing: held.fencing, acquiredAt: held.acquiredAt, expiresAt: "2026-11-20T10:13:00.000Z" });
    expect(renewed({ ...held, fencing: held.fencing + 1 }, held, nowMs)).toBeUndefined();
    expect(renewed(null, held, nowMs)).toBeUndefined();
  });

  test("a dead holder's machine is remembered from the taking of the lease until its holder would have stopped itself; one that others were on is not", () => {
    const from = { ...leaseOf("her", 60_000), renewedAt: "2026-11-20T10:00:00.000Z" };
    const machine = { host: "host-1", since: "2026-11-20T09:59:00.000Z", until: "2026-11-20T10:06:40.000Z" };
    expect([machineOf({ from, how: "gone", machine: true }), machineOf({ from, how: "gone" })]).toEqual([{ machine }, {}]);
  });

  test("who is refused is told who has it, since when, until when and what to do", () => {
    const problem = leaseHeld({ environment: "dev", by: leaseOf("her"), proof: { kind: "alive" }, nowMs });
    expect(problem.lines).toEqual([
      "LEASE_HELD: run run-her of her on host-1 (process 10) holds the lease of dev since 2026-11-20T10:00:00.000Z; it is good until 2026-11-20T10:10:00.000Z",
      "on environment dev",
      "Wait for it to end and run the same command again. If that process is gone, run: trueup run cancel run-her --env dev",
    ]);
    expect([problem.exitCode, problem.retry]).toEqual([10, { afterMs: 600_000 }]);
    expect(leaseHeld({ environment: "dev", by: leaseOf("her", long), proof: { kind: "alive" }, nowMs }).todo).toContain("kill 10");
  });
});
