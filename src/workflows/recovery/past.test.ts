import { describe, expect, test } from "vitest";
import type { JournalStep, RunRecord } from "../ledger/index.ts";
import { pastOf, type PastQuestion } from "./past.ts";

const urn = "urn:pulumi:dev.shop::acme::aws:ec2/vpc:Vpc::net";
const step = (phase: JournalStep["phase"], at: number, more: Partial<JournalStep> = {}): JournalStep => ({
  stack: "dev.shop",
  urn,
  operation: "create",
  phase,
  at,
  ...more,
});
const begun = { type: "aws:ec2/vpc:Vpc", provider: "aws" };

/** What git and this host's process table say where nothing is left of anything. */
function question(more: Partial<Pick<PastQuestion, "own" | "records" | "live" | "runs">> = {}): PastQuestion {
  const processes: Partial<PastQuestion["processes"]> = {};
  return { live: undefined, runs: [], processes: processes as PastQuestion["processes"], records: new Map(), ...more };
}

describe("what is known of a stack before it is run", () => {
  test("is what this very run's engines told of it too: a creation that failed, what was made, and since when", () => {
    const past = pastOf(question({ own: [step("started", 5), step("failed", 9, { begun })] }));
    expect([past.failed("dev.shop"), past.sinceMs("dev.shop", urn), past.failed("dev.other")]).toEqual([[{ urn, ...begun }], 5, []]);
    const made = pastOf(question({ own: [step("started", 5), step("failed", 9, { begun }), step("started", 10), step("done", 12, { id: "vpc-1" })] }));
    expect([made.failed("dev.shop"), made.told("dev.shop", urn)]).toEqual([[], "vpc-1"]);
  });

  test("is nothing that the journal of a run tells which ended well with it: what never ended since then is not of that run (simulation, seed 418463)", () => {
    const live = { stacks: { shop: { pulumiStack: "dev.shop" } } } as unknown as NonNullable<PastQuestion["live"]>;
    const record = (result: string): PastQuestion["records"] =>
      new Map([
        ["dev.shop", { id: "one", startedAt: new Date(1_000).toISOString(), units: [{ stacks: [{ stack: "shop", result }] }] } as unknown as RunRecord],
      ]);
    const journal = (run: string, ...steps: readonly JournalStep[]): PastQuestion["runs"][number] =>
      ({ holder: { run }, steps, sessions: [], locks: [] }) as unknown as PastQuestion["runs"][number];
    const runs = [journal("one", step("started", 2_000), step("done", 2_001, { id: "vpc-1" })), journal("two", step("started", 3_000))];
    const told = (result: string, of = runs): string | undefined => pastOf(question({ live, records: record(result), runs: of })).told("dev.shop", urn);
    expect([told("applying"), told("good"), told("good", runs.slice(0, 1))]).toEqual(["vpc-1", undefined, undefined]);
    expect(pastOf(question({ live, records: record("good"), runs })).sinceMs("dev.shop", urn)).toBe(3_000);
  });

  test("is what the last run's record says of an operation that never ended, on its way back too", () => {
    const unfinished = (id: string): object => ({ stack: "shop", unfinished: [{ urn, type: "aws:ec2/vpc:Vpc", operation: "creating", id }] });
    const run = { id: "one", startedAt: "2026-11-21T10:00:00Z", units: [{ stacks: [unfinished("vpc-1")], back: [unfinished("vpc-2")] }] };
    const live = { stacks: { shop: { pulumiStack: "dev.shop" } } };
    const records = new Map([["dev.shop", run as unknown as RunRecord]]);
    expect(pastOf(question({ records, live: live as unknown as NonNullable<PastQuestion["live"]> })).told("dev.shop", urn)).toBe("vpc-2");
  });
});
