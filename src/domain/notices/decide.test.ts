import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NoticeKind } from "../environments/index.ts";
import { newsFor, type Incident, type Situation, type Told } from "./index.ts";

const all: readonly NoticeKind[] = ["failed", "drift", "refused", "good"];
const incident = (stack: string, kind: Incident["kind"], of = "c1"): Incident => ({
  stack,
  kind,
  of,
  since: "2026-11-21T08:00:00Z",
  what: `${stack} ${kind}`,
  todo: "Mend it.",
});
const at = (...incidents: readonly Incident[]): Situation => ({ environment: "dev", incidents });
const good = (run: string): NonNullable<Situation["good"]> => ({ run, commit: "4f2c1d9", at: "2026-11-21T08:00:00Z", stacks: ["shop"] });
const keys = (some: readonly { readonly stack: string; readonly kind: string }[] = []): string[] => some.map(({ stack, kind }) => `${stack} ${kind}`);

describe("what a receiver is told", () => {
  it("is each incident once when it begins and once when it is over", () => {
    const first = newsFor(undefined, at(incident("shop", "failed")), all);
    expect([keys(first.notice?.opened), keys(first.notice?.resolved)]).toEqual([["shop failed"], []]);
    const again = newsFor(first.next, at(incident("shop", "failed", "another commit")), all);
    expect(again.notice).toBeUndefined();
    const over = newsFor(again.next, at(), all);
    expect([keys(over.notice?.opened), keys(over.notice?.resolved)]).toEqual([[], ["shop failed"]]);
    expect(newsFor(over.next, at(), all).notice).toBeUndefined();
  });

  it("is one message, however much became different", () => {
    const before = newsFor(undefined, at(incident("shop", "failed")), all).next;
    const { notice } = newsFor(before, at(incident("data", "drift"), incident("mesh", "drift")), all);
    expect([keys(notice?.opened), keys(notice?.resolved)]).toEqual([["data drift", "mesh drift"], ["shop failed"]]);
  });

  it("is an apply that went well once, and only to who asks for it", () => {
    const now: Situation = { ...at(), good: good("run-1") };
    const first = newsFor(undefined, now, all);
    expect(first.notice?.good?.run).toBe("run-1");
    expect(newsFor(first.next, now, all).notice).toBeUndefined();
    expect(newsFor(undefined, now, ["failed", "drift", "refused"]).notice).toBeUndefined();
    // In between an apply failed: the good one before it is not news again.
    const failed = newsFor(first.next, at(incident("shop", "failed")), all).next;
    expect(newsFor(failed, now, all).notice?.good).toBeUndefined();
  });

  it("has the same id for the same news, and another for other news: of two that are sent, one can be dropped", () => {
    const id = (told: Told | undefined, now: Situation): string | undefined => newsFor(told, now, all).notice?.id;
    const [a, b] = [incident("a", "drift"), incident("b", "failed")];
    expect(id(undefined, at(a, b))).toBe(id({ open: [] }, at(b, { ...a, what: "told in other words", since: "2026-11-22T08:00:00Z" })));
    const ids = [
      id(undefined, at(a)),
      id(undefined, at(a, b)),
      id({ open: [a] }, at()),
      id(undefined, at({ ...a, of: "c2" })),
      id(undefined, { ...at(a), environment: "prod" }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("never tells the same twice nor an end without a beginning, whatever happens", () => {
    const some = fc.uniqueArray(fc.record({ stack: fc.constantFrom("", "a", "b"), kind: fc.constantFrom<Incident["kind"]>("failed", "drift", "refused") }), {
      selector: ({ stack, kind }) => `${stack} ${kind}`,
    });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 20 }), (steps) => {
        const open = new Set<string>();
        let told: Told | undefined;
        for (const [step, incidents] of steps.entries()) {
          const now = at(...incidents.map(({ stack, kind }) => incident(stack, kind, `step ${step}`)));
          const { notice, next } = newsFor(told, now, all);
          for (const key of keys(notice?.opened)) {
            expect(open).not.toContain(key);
            open.add(key);
          }
          for (const key of keys(notice?.resolved)) expect(open.delete(key)).toBe(true);
          expect([...open].sort()).toEqual(keys(incidents).sort());
          // Whoever died before it recorded what it sent: the next sends the same under the same id.
          expect(newsFor(told, now, all).notice?.id).toBe(notice?.id);
          told = next;
        }
      }),
      { numRuns: 300, seed: 5 },
    );
  });
});
