import { describe, expect, it } from "vitest";
import { Collector } from "./collect.ts";

const urn = "urn:pulumi:s::p::t:T::n";
const message = (sequence: number, severity: string, text: string): string => JSON.stringify({ sequence, diagnosticEvent: { severity, message: text } });
const end = (sequence: number): string => JSON.stringify({ sequence, cancelEvent: {} });

function collect(events: readonly string[], opened = 1) {
  const collector = new Collector({ stack: "s", runsProgram: true });
  for (const event of events) collector.take(event);
  return collector.end(opened);
}

describe("the events of a run", () => {
  it("are whole when nothing is missing between the first and the end", () => {
    const step = JSON.stringify({
      sequence: 1,
      resourcePreEvent: { metadata: { op: "create", urn, type: "t:T", old: null, new: null, detailedDiff: null, unknown: 1 }, planning: true },
    });
    expect(collect([JSON.stringify({ sequence: 0, preludeEvent: {} }), step, end(2)])).toMatchObject({
      lost: undefined,
      steps: [{ phase: "started", planning: true }],
    });
  });

  it.each([
    ["a gap", [message(0, "info", "a"), end(2)], 1],
    ["no end", [message(0, "info", "a")], 1],
    ["no stream", [], 0],
    ["two streams", [message(0, "info", "a"), end(1)], 2],
    ["text that is not JSON", ["{", end(1)], 1],
    ["an unknown shape", [JSON.stringify({ sequence: 0, resourcePreEvent: {} }), end(1)], 1],
    ["an event after the end", [end(0), message(1, "info", "late")], 1],
  ])("are called lost after %s", (_, events, opened) => {
    expect(collect(events, opened).lost).toBeTypeOf("string");
  });

  it("name what could not be held against what is there, also where a program said more than is kept", () => {
    const flood = Array.from({ length: 3_000 }, (_, sequence) => message(sequence, "info", "x"));
    const words = "The provider for this resource has inputs that are not known during preview.\nThis preview may not correctly represent the changes";
    const warns = JSON.stringify({ sequence: 3_000, diagnosticEvent: { urn, severity: "warning", message: words } });
    expect([...collect([...flood, warns, end(3_001)]).undiffed]).toEqual([urn]);
  });

  it("hold no debug words, and never more than a bounded number of any", () => {
    const flood = Array.from({ length: 50_000 }, (_, index) => message(index + 1, "info", "x".repeat(100)));
    const kept = collect([message(0, "debug", "raw secret"), ...flood, message(50_001, "error", "the cause"), end(50_002)]);
    expect(JSON.stringify(kept.diagnostics)).not.toContain("raw secret");
    expect(kept.diagnostics.length).toBeLessThanOrEqual(2_001);
    expect(kept.diagnostics.at(-1)?.message).toBe("the cause");
    expect(kept.leftOut).toBe(48_000);
  });
});
