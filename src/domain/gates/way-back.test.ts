import { expect, it } from "vitest";
import type { Window } from "../environments/index.ts";
import { wayBack, type BackQuestion } from "./way-back.ts";

const night = new Date("2026-11-20T20:00:00Z");
const window = (more: Partial<Window>): Window => ({ kind: "allow", for: ["rollback"], cron: "0 8 * * 1-5", duration: "9h", tz: "Europe/Berlin", ...more });
const asked = (windows: readonly Window[], more: Partial<BackQuestion> = {}): BackQuestion => ({
  rules: { windows, approvals: { min: 1, from: ["ann"] } },
  commit: "c1",
  overrides: [],
  ...more,
});
const permitted = { guard: "window", by: "ann", reason: "checkout answers 500", commit: "c1" } as const;

it("goes back where no window names rollbacks, and says what it passes", () => {
  expect(wayBack(asked([]), night)).toEqual({ kind: "open", passes: undefined });
  expect(wayBack(asked([window({ for: ["apply"] })]), night)).toEqual({
    kind: "open",
    passes: "a rollback passes the closed window allow 0 8 * * 1-5 for 9h Europe/Berlin",
  });
});

it("waits for a window that names rollbacks, until it opens or who may lets it pass", () => {
  const closed = { kind: "closed", reason: expect.stringContaining("no window for it is open"), opensAt: new Date("2026-11-23T07:00:00Z") };
  expect(wayBack(asked([window({})]), night)).toEqual(closed);
  expect(wayBack(asked([window({})], { overrides: [permitted] }), night)).toMatchObject({ kind: "passed", override: permitted });
  const others = [
    { ...permitted, commit: "c2" },
    { ...permitted, by: "mallory" },
    { ...permitted, reason: " " },
    { ...permitted, guard: "hold" as const },
  ];
  expect(wayBack(asked([window({})], { overrides: others }), night)).toEqual(closed);
  expect(wayBack(asked([window({})]), new Date("2026-11-20T10:00:00Z"))).toEqual({ kind: "open", passes: undefined });
});

it("never opens where its window does not", () => {
  expect(wayBack(asked([window({ cron: "0 8 31 2 *" })]), night)).toMatchObject({ kind: "closed", opensAt: undefined });
});
