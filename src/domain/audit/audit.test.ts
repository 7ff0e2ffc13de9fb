import { describe, expect, it } from "vitest";
import { TrailWalk } from "./check.ts";
import type { LedgerEntry, RecordTold, RunTold, Signature } from "./entry.ts";
import { keptFindings } from "./kept.ts";
import { orderFindings } from "./order.ts";
import { signatureFindings, unacceptable } from "./signed.ts";
import { timeOf } from "./span.ts";
import { deliveryStats } from "./stats.ts";
import { tellEntry } from "./tell.ts";

const at = "2026-11-20T10:00:00.000Z";
const commit = (number: number): string => String(number).padStart(40, "0");
const unsigned: Signature = { state: "none" };

function record(sequence: number, more: Partial<RecordTold> = {}): RecordTold {
  return { environment: "dev", sequence, fencing: 1, lease: null, stacks: {}, holds: [], vetoes: [], freezes: [], ...more };
}

function run(id: string, more: Partial<RunTold> = {}): RunTold {
  const common = { kind: "apply", commit: commit(900), mergedBy: "Ann", approvals: [], startedAt: at, endedAt: at, result: "good" };
  return { id, ...common, units: [], overrides: [], problem: null, ...more };
}

function entry(sequence: number, more: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    commit: commit(sequence),
    parents: sequence === 1 ? [] : [commit(sequence - 1)],
    at,
    sentence: `dev: entry ${sequence}`,
    record: record(sequence),
    stacksDigest: "same",
    runs: [],
    strangers: [],
    ...more,
    trailers: { Environment: "dev", Sequence: String(sequence), Entry: `word-${sequence}`, ...more.trailers },
  };
}

/** `#2 changed: …` for each finding of these entries. */
function walked(...entries: readonly LedgerEntry[]): readonly string[] {
  const trail = new TrailWalk();
  const found = [...entries.flatMap((one) => trail.check(one)), ...trail.end()];
  return found.map(({ kind, sequence, says }) => `#${sequence} ${kind}: ${says}`);
}

const applied = (id: string, result = "good"): Partial<LedgerEntry> => ({
  trailers: { Run: id, Kind: "apply", Result: result, Commit: commit(900) },
  runs: [{ id, is: run(id, { result }) }],
});

describe("a trail held against itself", () => {
  it("is whole when every entry follows from the one before it", () => {
    const running = { id: "r1", is: run("r1", { result: "running", endedAt: null }) };
    const begins = { trailers: { Run: "r1", Kind: "apply", Result: "applying", Commit: commit(900) }, runs: [running] };
    expect(walked(entry(1), entry(2, begins), entry(3, applied("r1")), entry(4))).toEqual([]);
  });

  it.each<[string, LedgerEntry, string]>([
    ["joins lines", entry(3, { parents: [commit(2), commit(77)] }), "#3 changed: it joins 2 lines of history: a ledger has one"],
    ["counts otherwise than it says", entry(3, { trailers: { Sequence: "4" } }), "#3 changed: its message counts 4, its record 3"],
    ["is of another environment", entry(3, { trailers: { Environment: "prod" } }), "#3 changed: its message is of prod, its record of dev"],
    ["repeats", entry(3, { trailers: { Entry: "word-1" } }), "#3 changed: it says again what an earlier entry said: Trueup-Entry is that one's"],
    ["cannot be read", entry(3, { record: undefined }), "#null changed: its environment.json cannot be read"],
    ["takes fencing back", entry(3, { record: record(3, { fencing: 0 }) }), "#3 changed: its fencing number goes back from 1 to 0"],
    ["moves stacks by nobody", entry(3, { stacksDigest: "other" }), "#3 changed: it says something else of the stacks, and names no run that did that"],
    ["writes other files", entry(3, { strangers: ["a\nb"] }), '#3 foreign: it writes "a\\nb", which no ledger has'],
    ["changes a run that ended", entry(3, applied("r1")), "#3 changed: the record of run r1 is another one, although that run had ended"],
    ["takes a run's record away", entry(3, { runs: [{ id: "r1", is: undefined }] }), "#3 removed: the record of run r1 is gone"],
    ["spoils a run's record", entry(3, { trailers: { Run: "r2" }, runs: [{ id: "r2", is: "unreadable" }] }), "#3 changed: the record of run r2 cannot be read"],
    ["writes of another run", entry(3, { runs: [{ id: "r9", is: run("r9") }] }), "#3 changed: it writes the record of run r9, which it does not name"],
    ["names a run without a record", entry(3, { trailers: { Run: "r7", Kind: "apply", Result: "good" } }), "#3 removed: there is no record of its run r7"],
    [
      "says that a run ended otherwise",
      entry(3, { trailers: { Run: "r2", Kind: "apply", Result: "good" }, runs: [{ id: "r2", is: run("r2", { result: "failed" }) }] }),
      "#3 changed: its message says that run r2 is good, the run's record failed",
    ],
  ])("an entry that %s is found", (_, third, found) => {
    expect(walked(entry(1), entry(2, applied("r1")), third)).toContain(found);
  });

  it("an entry without trueup's own words was not written by it", () => {
    const { Entry: _word, ...rest } = entry(2).trailers;
    expect(walked(entry(1), { ...entry(2), trailers: rest })).toEqual(["#2 foreign: trueup did not write it: it lacks Trueup-Entry"]);
  });

  it("a good apply is in the environment's record, or one of the two was changed", () => {
    const shop = {
      stack: "shop",
      action: "apply",
      result: "good",
      commit: null,
      changes: { create: 1, update: 0, replace: 0, delete: 0 },
      urns: [],
      urnsLeftOut: 0,
    };
    const is = run("r1", { units: [{ commits: [], result: "good", stacks: [shop] }] });
    const good = { ...applied("r1"), runs: [{ id: "r1", is }] };
    const told = record(1, { stacks: { shop: { result: "good", run: "r1", commit: null } } });
    expect(walked(entry(1, { ...good, record: told }))).toEqual([]);
    const flipped = record(1, { stacks: { shop: { result: "failed", run: "r1", commit: null } } });
    expect(walked(entry(1, { ...good, record: flipped }))).toEqual(["#1 changed: run r1 applied shop well, the record does not say so"]);
  });

  it("the oldest of 500 runs may go when another comes, and no other", () => {
    const names = Array.from({ length: 500 }, (_, index) => `r${String(index).padStart(3, "0")}`);
    const many = names.map((id, index) => entry(index + 1, applied(id)));
    const next = (gone: string): LedgerEntry =>
      entry(501, {
        ...applied("r500"),
        runs: [
          { id: gone, is: undefined },
          { id: "r500", is: run("r500") },
        ],
      });
    expect(walked(...many, next("r000"))).toEqual([]);
    expect(walked(...many, next("r001"))).toEqual(["#501 removed: the record of run r001 is gone"]);
  });
});

describe("the numbers of entries", () => {
  const order = (...numbers: readonly number[]): readonly string[] =>
    orderFindings(numbers.map((sequence) => ({ commit: commit(sequence), sequence }))).map(({ kind, says }) => `${kind}: ${says}`);

  it("tell what was taken out, and what was turned", () => {
    expect(order(1, 2, 3)).toEqual([]);
    expect(order(1, 2, 4)).toEqual(["removed: entry 3 is not there"]);
    expect(order(3, 4, 8)).toEqual(["removed: entries 1 to 2 are not there", "removed: entries 5 to 7 are not there"]);
    expect(order(1, 3, 2, 4)).toEqual(["reordered: it counts 2, and stands after 3"]);
    expect(order(1, 2, 2)).toEqual(["reordered: it counts 2, as the one before it does"]);
  });

  it("a forged one costs no more than any other", () => {
    expect(order(1, Number.MAX_SAFE_INTEGER)).toEqual([`removed: entries 2 to ${Number.MAX_SAFE_INTEGER - 1} are not there`]);
  });
});

describe("a ledger held against what was kept of it", () => {
  const now = [commit(1), commit(2), commit(3)];
  const kept = { words: "this machine saw", trail: undefined };

  it("holds every commit of then in its place", () => {
    expect(keptFindings(now, { ...kept, head: commit(2), sequence: 2 })).toEqual([]);
    expect(keptFindings(now, { ...kept, head: commit(2), sequence: 1 })).toMatchObject([{ kind: "changed" }]);
  });

  it("says where it was replaced, or that it ends too early, or that it is gone", () => {
    const says = (trail: readonly string[] | undefined, shas: readonly string[]): unknown[] => {
      const found = keptFindings(shas, { words: "this machine saw", head: commit(9), trail });
      return found.flatMap(({ kind, sequence, says: text }) => [kind, sequence, text]);
    };
    const then = [commit(1), commit(8), commit(9)];
    expect(says(then, now)).toEqual(["rolled back", 2, "entry 2 was 0000000 when this machine saw 0000000, and is another one now"]);
    expect(says(then, [commit(1)])).toEqual(["rolled back", 2, "it ends before 0000000, which this machine saw: the last 2 entries of then are gone"]);
    expect(says(undefined, now)).toEqual(["rolled back", null, "it does not hold 0000000, which this machine saw"]);
    expect(says(undefined, [])).toEqual(["rolled back", null, "its branch is gone; this machine saw 0000000"]);
  });
});

describe("signatures", () => {
  const signed = (...states: readonly Signature["state"][]): Parameters<typeof signatureFindings>[0] =>
    states.map((state, index) => ({ commit: commit(index + 1), sequence: index + 1, signature: { state } }));
  const kinds = (states: readonly Signature["state"][], isRequired: boolean): readonly string[] =>
    signatureFindings(signed(...states), { isRequired }).map(({ kind, sequence }) => `${sequence} ${kind}`);

  it("are asked for from the first good one on, and of the newest", () => {
    expect(kinds(["none", "none", "good", "good"], true)).toEqual([]);
    expect(kinds(["none", "good", "none", "unknown"], true)).toEqual(["3 unsigned", "4 unsigned"]);
    expect(kinds(["none", "none"], true)).toEqual(["2 unsigned"]);
    expect(kinds([], true)).toEqual([]);
  });

  it("are not asked for where nobody is named, but a bad one is always said", () => {
    expect(kinds(["none", "good", "none"], false)).toEqual([]);
    expect(kinds(["none", "bad"], false)).toEqual(["2 changed"]);
    expect(kinds(["good", "bad"], true)).toEqual(["2 changed"]);
    expect(kinds(["good", "none", "bad"], true)).toEqual(["3 changed", "2 unsigned"]);
  });

  it("are refused wherever in a ledger they are missing, while a list of findings ends with the fiftieth", () => {
    const states: readonly Signature["state"][] = ["none", "good", ...Array.from({ length: 60 }, () => "good" as const), "unknown"];
    expect(unacceptable(states)).toEqual([62]);
    const none = Array.from({ length: 60 }, () => "none" as const);
    expect([unacceptable(["good", ...none]).length, kinds(["good", ...none], true).length]).toEqual([60, 50]);
    expect([unacceptable(none), unacceptable(["none", "bad", "none"])]).toEqual([[], [1]]);
  });
});

describe("a time as people write it", () => {
  const nowMs = Date.parse("2026-11-21T12:00:00Z");
  it.each<[string, string | undefined, string | undefined]>([
    ["2026-11-20", "2026-11-20T00:00:00.000Z", "2026-11-21T00:00:00.000Z"],
    ["2026-11-20T08:30+02:00", "2026-11-20T06:30:00.000Z", "2026-11-20T06:30:00.000Z"],
    ["36h", "2026-11-20T00:00:00.000Z", "2026-11-20T00:00:00.000Z"],
    ["2w", "2026-11-07T12:00:00.000Z", "2026-11-07T12:00:00.000Z"],
    ["2026-02-30", undefined, undefined],
    ["2026-02-30T00:00Z", undefined, undefined],
    ["2026-11-20T08:30", undefined, undefined],
    ["2026-11-20T25:00Z", undefined, undefined],
    ["yesterday", undefined, undefined],
    ["-1d", undefined, undefined],
    ["", undefined, undefined],
  ])("%s", (text, begins, ends) => {
    const iso = (isEnd: boolean): string | undefined => {
      const ms = timeOf(text, { nowMs, isEnd });
      return ms === undefined ? undefined : new Date(ms).toISOString();
    };
    expect([iso(false), iso(true)]).toEqual([begins, ends]);
  });
});

describe("one entry told", () => {
  it("says who holds what back, who lifted it, and what ran out", () => {
    const hold = { id: "h", stacks: ["shop"], reason: "moving", by: "@bob", since: at, until: null };
    const pin = { ...hold, id: "p", kind: "pin", until: "2026-11-20T09:00:00Z" };
    const told = tellEntry(entry(2, { trailers: { Kind: "command", By: "@cy" } }), record(1, { holds: [hold, pin] }), unsigned);
    expect(told).toMatchObject({ kind: "command", by: "@cy", sequence: 2 });
    expect(told.held?.map(({ what, did }) => `${what} ${did}`)).toEqual(["hold lifted", "pin expired"]);
    const set = tellEntry(entry(2, { record: record(2, { holds: [hold] }) }), record(1), unsigned);
    expect(set.held).toEqual([{ what: "hold", did: "set", stacks: ["shop"], reason: "moving", by: "@bob" }]);
  });

  it("says what became of the lease, and calls an entry that only goes on a renewal", () => {
    const lease = { run: "r1", who: "Ann", host: "h", fencing: 1, owner: "o" };
    const told = (was: RecordTold["lease"], is: RecordTold["lease"], trailers: Record<string, string> = {}): readonly unknown[] => {
      const one = tellEntry(entry(2, { record: record(2, { lease: is }), trailers }), record(1, { lease: was }), unsigned);
      return [one.kind, one.lease, one.by];
    };
    expect(told(null, lease)).toEqual(["lease", "taken", "Ann"]);
    expect(told(lease, lease)).toEqual(["renewal", undefined, "Ann"]);
    expect(told(lease, { ...lease, fencing: 2, owner: "p" }, { "Took-Over": "r0 (dead)" })).toEqual(["lease", "taken over", "Ann"]);
    expect(told(lease, null, { Result: "cancelled", By: "bob" })).toEqual(["lease", "taken away", "bob"]);
    expect(told(lease, null, { Kind: "apply", Result: "good" })).toEqual(["apply", "given back", "Ann"]);
  });
});

describe("delivery in numbers", () => {
  const day = Date.parse("2026-11-20T00:00:00Z");
  const iso = (hours: number): string => new Date(day + hours * 3_600_000).toISOString();
  const stack = (name: string, result: string): RunTold["units"][number]["stacks"][number] => {
    const changes = { create: 1, update: 0, replace: 0, delete: 0 };
    return { stack: name, action: "apply", result, commit: null, changes, urns: [], urnsLeftOut: 0 };
  };
  const apply = (id: string, [began, ended, result]: readonly [number, number, string], ...stacks: RunTold["units"][number]["stacks"]): RunTold =>
    run(id, { startedAt: iso(began), endedAt: iso(ended), result, units: [{ commits: [`c-${id}`], result, stacks }] });
  const span = { sinceMs: day, untilMs: day + 86_400_000 };
  const stats = (runs: readonly RunTold[], committedAt: (sha: string) => number | undefined = () => undefined): ReturnType<typeof deliveryStats> =>
    deliveryStats({ environment: "dev", span, runs, committedAt });

  it("counts deployments, failures and how long it took until a stack was good again", () => {
    const runs = [
      apply("a", [1, 2, "good"], stack("shop", "good")),
      apply("b", [3, 4, "failed"], stack("shop", "failed"), stack("api", "good")),
      apply("c", [5, 6, "refused"]),
      apply("d", [7, 8, "good"], stack("shop", "good")),
      apply("e", [9, 10, "good"]),
      apply("f", [11, 12, "failed"], stack("api", "failed")),
      apply("g", [13, 14, "cancelled"], stack("api", "cancelled")),
    ];
    const told = stats(runs.toReversed());
    expect(told.deployments).toEqual({ count: 2, perDay: 2 });
    expect(told.failures).toEqual({ attempts: 4, failed: 2, rate: 0.5 });
    expect(told.restore).toEqual({ count: 1, medianMs: 5 * 3_600_000, p90Ms: 5 * 3_600_000, open: 1 });
    expect([told.refused, told.cancelled]).toEqual([1, 1]);
  });

  it("measures a commit once, to the first good apply that brought it, and says of which git no longer tells", () => {
    const again = { ...apply("b", [3, 4, "good"], stack("shop", "good")), units: apply("a", [1, 2, "good"], stack("shop", "good")).units };
    const runs = [apply("a", [1, 2, "good"], stack("shop", "good")), again, apply("c", [5, 6, "good"], stack("shop", "good"))];
    const { leadTime } = stats(runs, (sha) => (sha === "c-a" ? day : undefined));
    expect(leadTime).toEqual({ count: 1, medianMs: 2 * 3_600_000, p90Ms: 2 * 3_600_000, unknown: 1 });
  });

  it("a run that died, or took back what it did, is a failure; the second was over when it ended", () => {
    const died = run("d", { startedAt: iso(1), endedAt: iso(2), result: "died" });
    const back = apply("b", [5, 6, "rolledBack"], stack("shop", "failed"));
    const { failures, restore } = stats([died, apply("a", [3, 4, "good"], stack("shop", "good")), back]);
    expect(failures).toEqual({ attempts: 3, failed: 2, rate: 2 / 3 });
    expect(restore).toMatchObject({ count: 2, medianMs: 3_600_000, p90Ms: 3 * 3_600_000, open: 0 });
  });

  it("says nothing where there was nothing, and looks past the end of the span only for what became good", () => {
    expect(stats([])).toMatchObject({
      deployments: { count: 0 },
      leadTime: { count: 0 },
      failures: { attempts: 0, failed: 0 },
      restore: { count: 0, open: 0 },
    });
    const late = apply("l", [30, 31, "good"], stack("shop", "good"));
    const told = stats([apply("f", [22, 23, "failed"], stack("shop", "failed")), late]);
    expect([told.deployments.count, told.restore.medianMs]).toEqual([0, 9 * 3_600_000]);
  });
});
