import { describe, expect, it } from "vitest";
import { isOwnDead, type DeadEngine, type LockFacts } from "./locks.ts";

const startedMs = Date.parse("2026-11-20T10:00:00.500Z");
const lock: LockFacts = { name: "a.json", pid: 71, host: "h", since: "2026-11-20T10:00:00Z" };
const dead: DeadEngine = { pid: 71, stack: "dev.shop", startedMs, lock: undefined };
const on = { stack: "dev.shop", host: "h" };

describe("a lock is ours and dead", () => {
  it.each<[string, LockFacts, DeadEngine]>([
    ["when our engine was seen to take this file", { ...lock, pid: 0, host: "?", since: "" }, { ...dead, lock: "a.json" }],
    ["when process, host and time agree", lock, dead],
  ])("%s", (...[, found, engine]) => expect(isOwnDead(found, on, [engine])).toBe(true));
});

describe("a lock is left alone", () => {
  it.each<[string, LockFacts, DeadEngine]>([
    ["of another process", { ...lock, pid: 72 }, dead],
    ["of another host", { ...lock, host: "laptop" }, dead],
    ["of another stack", lock, { ...dead, stack: "dev.other" }],
    ["from before our engine began: its number was somebody else's then", { ...lock, since: "2026-11-20T09:59:00Z" }, dead],
    ["from long after our engine began: its number is somebody else's now", { ...lock, since: "2026-11-20T10:05:00Z" }, dead],
    ["that cannot be read", { ...lock, since: "" }, dead],
    ["of our engine's number, when that took another file", lock, { ...dead, lock: "b.json" }],
  ])("%s", (...[, found, engine]) => expect(isOwnDead(found, on, [engine])).toBe(false));
});
