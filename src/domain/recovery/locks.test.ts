import { describe, expect, it } from "vitest";
import { isOfGone, isOwnDead, type DeadEngine, type GoneMachine, type LockFacts } from "./locks.ts";

const startedMs = Date.parse("2026-11-20T10:00:00.500Z");
const lock: LockFacts = { name: "a.json", pid: 71, host: "h", since: "2026-11-20T10:00:00Z" };
const dead: DeadEngine = { pid: 71, host: "h", stack: "dev.shop", startedMs, lock: undefined, isNumberFree: false };

describe("a lock is ours and dead", () => {
  it.each<[string, LockFacts, DeadEngine]>([
    ["when our engine was seen to take this file", { ...lock, pid: 0, host: "?", since: "" }, { ...dead, lock: "a.json" }],
    ["when process, host and time agree", lock, dead],
    [
      "when process and host agree and nobody else has the number, whatever the clock said",
      { ...lock, since: "2026-11-17T10:00:00Z" },
      { ...dead, isNumberFree: true },
    ],
  ])("%s", (...[, found, engine]) => expect(isOwnDead(found, "dev.shop", [engine])).toBe(true));
});

describe("a lock is left alone", () => {
  it.each<[string, LockFacts, DeadEngine]>([
    ["of another process", { ...lock, pid: 72 }, { ...dead, isNumberFree: true }],
    ["of another host", { ...lock, host: "laptop" }, { ...dead, isNumberFree: true }],
    ["of another stack", lock, { ...dead, stack: "dev.other" }],
    ["from before our engine began: its number was somebody else's then", { ...lock, since: "2026-11-20T09:59:00Z" }, dead],
    ["from long after our engine began: its number is somebody else's now", { ...lock, since: "2026-11-20T10:05:00Z" }, dead],
    ["that cannot be read", { ...lock, since: "" }, dead],
    ["of our engine's number, when that took another file", lock, { ...dead, lock: "b.json" }],
  ])("%s", (...[, found, engine]) => expect(isOwnDead(found, "dev.shop", [engine])).toBe(false));
});

describe("a lock that was taken on a machine that is gone", () => {
  const gone: GoneMachine = { host: "h", stack: "dev.shop", sinceMs: startedMs - 60_000, untilMs: startedMs + 60_000 };

  it("is nobody's any more, whichever process took it", () => expect(isOfGone({ ...lock, pid: 4711 }, "dev.shop", [gone])).toBe(true));

  it.each<[string, LockFacts, GoneMachine]>([
    ["on another host", { ...lock, host: "laptop" }, gone],
    ["on another stack", lock, { ...gone, stack: "dev.other" }],
    ["before the machine's run began", lock, { ...gone, sinceMs: startedMs + 30_000 }],
    ["by who has the machine's name since", lock, { ...gone, untilMs: startedMs - 30_000 }],
    ["at a time that cannot be read", { ...lock, since: "" }, gone],
  ])("is left alone when it was taken %s", (...[, found, machine]) => expect(isOfGone(found, "dev.shop", [machine])).toBe(false));
});
