import { describe, expect, it } from "vitest";
import type { Window } from "../../domain/environments/index.ts";
import { nextTryAmong, type Blocks } from "./blocked.ts";

const working: Window = { kind: "allow", for: ["apply"], cron: "0 8 * * 1-5", duration: "9h", tz: "Europe/Berlin" };
const at = (text: string): Date => new Date(`2026-11-${text}:00Z`);
const hold = (until: string | null, more: object = {}) => ({
  id: "h",
  stacks: [] as string[],
  by: "ann",
  reason: "r",
  since: at("20T10:00").toISOString(),
  until: until === null ? null : at(until).toISOString(),
  ...more,
});
const held = (...holds: ReturnType<typeof hold>[]): Blocks => ({ live: { holds, freezes: [] }, windows: [] });
const usual = at("20T17:00").getTime();

describe("when an agent tries again what was refused", () => {
  it("is when the window opens, and not each hour of the weekend", () => {
    const blocks = { live: undefined, windows: [working] };
    const tried = { last: at("20T16:30"), usual };
    expect(nextTryAmong(blocks, tried, at("21T10:00"))).toBe(at("23T07:00").getTime());
    // At that time it is due at once, also when the agent wakes later.
    expect(nextTryAmong(blocks, tried, at("23T07:00"))).toBe(0);
    expect(nextTryAmong(blocks, tried, at("23T09:00"))).toBe(0);
    // Tried inside the window, it waits as ever.
    expect(nextTryAmong(blocks, { last: at("23T07:01"), usual }, at("23T07:02"))).toBe(usual);
    // Control: without a window it is patience that decides.
    expect(nextTryAmong({ ...blocks, windows: [] }, tried, at("21T10:00"))).toBe(usual);
  });

  it("is as ever, or when the window for rollbacks opens, while something is to be taken back first", () => {
    const tried = { last: at("20T16:30"), usual };
    expect(nextTryAmong({ live: undefined, windows: [working], action: "rollback" }, tried, at("21T10:00"))).toBe(usual);
    const windows = [{ ...working, for: ["rollback" as const] }];
    expect(nextTryAmong({ live: undefined, windows, action: "rollback" }, tried, at("21T10:00"))).toBe(at("23T07:00").getTime());
    expect(nextTryAmong({ live: undefined, windows }, tried, at("21T10:00"))).toBe(usual);
  });

  it("is when the last hold of all stacks is over", () => {
    const tried = { last: at("20T10:05"), usual };
    expect(nextTryAmong(held(hold("20T12:00"), hold("20T13:00")), tried, at("20T11:00"))).toBe(at("20T13:00").getTime());
    expect(nextTryAmong(held(hold("20T12:00"), hold("20T13:00")), tried, at("20T13:00"))).toBe(0);
    expect(nextTryAmong({ live: { holds: [], freezes: [{ ...hold("20T12:00"), run: null }] }, windows: [] }, tried, at("20T11:00"))).toBe(
      at("20T12:00").getTime(),
    );
  });

  it("is as ever where only a part is held, or only a person ends it", () => {
    const tried = { last: at("20T10:05"), usual };
    for (const one of [hold(null), hold("20T12:00", { stacks: ["shop"] }), hold("20T12:00", { kind: "pin" })]) {
      expect(nextTryAmong(held(one), tried, at("20T11:00"))).toBe(usual);
    }
    // When a part is no longer held it is tried at once.
    expect(nextTryAmong(held(hold("20T12:00", { stacks: ["shop"] })), tried, at("20T12:00"))).toBe(0);
  });
});
