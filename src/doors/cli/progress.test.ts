import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { observeTerminal } from "./progress.ts";

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

/** A terminal as far as the table needs one: lines, and the code that goes up and clears what is below. */
class Screen {
  lines: string[] = [];
  writes = 0;

  readonly write = (text: string): void => {
    this.writes++;
    const [, up, rest = ""] = /^(?:\u001b\[(\d+)A\u001b\[0J)?([\s\S]*)$/.exec(text) ?? [];
    if (up !== undefined) this.lines = this.lines.slice(0, this.lines.length - Number(up));
    if (rest !== "") this.lines.push(...rest.replace(/\n$/, "").split("\n"));
  };
}

function open(live: boolean): Screen & ReturnType<typeof observeTerminal> {
  const screen = new Screen();
  return Object.assign(screen, observeTerminal({ color: false, width: 100, live, write: screen.write }));
}

const creating = {
  kind: "resource",
  stack: "base",
  operation: "create",
  phase: "started",
  urn: "urn:pulumi:dev.base::shop::aws:s3/bucket:Bucket::logs",
} as const;

describe("progress in a pipe", () => {
  it("is one line for each step, wave and change of state, and never a code of the terminal", () => {
    const { observer, stop, lines } = open(false);
    observer({ kind: "step", text: "reading dev" });
    observer({ kind: "wave", number: 1, of: 2, stacks: ["base", "edge"] });
    observer({ kind: "stack", stack: "base", state: "applying" });
    observer(creating);
    observer({ kind: "stack", stack: "base", state: "applied", detail: "1 create" });
    stop();
    expect(lines).toEqual(["reading dev", "wave 1 of 2: base, edge", "  base: applying", "  base: applied (1 create)"]);
  });

  it("beats every 30 s while something runs, with what and for how long, and not once all is settled", () => {
    const { observer, stop, lines } = open(false);
    observer({ kind: "stack", stack: "base", state: "applying" });
    observer({ kind: "stack", stack: "app", state: "waiting" });
    vi.advanceTimersByTime(29_999);
    expect(lines.length).toBe(2);
    vi.advanceTimersByTime(1);
    expect(lines.slice(2)).toEqual(["still working: base applying 30 s"]);
    vi.advanceTimersByTime(60_000);
    expect(lines.slice(3)).toEqual(["still working: base applying 60 s", "still working: base applying 90 s"]);
    observer({ kind: "stack", stack: "base", state: "applied" });
    vi.advanceTimersByTime(120_000);
    expect(lines.slice(5)).toEqual(["  base: applied"]);
    stop();
  });

  it("says nothing more after it was stopped, also when it is stopped twice", () => {
    const { observer, stop, lines } = open(false);
    observer({ kind: "stack", stack: "base", state: "applying" });
    stop();
    stop();
    vi.advanceTimersByTime(120_000);
    expect(lines).toEqual(["  base: applying"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("progress on a terminal", () => {
  it("is one table that is redrawn in its place, with what each stack does and since when", () => {
    const screen = open(true);
    screen.observer({ kind: "stack", stack: "base", state: "applying" });
    screen.observer({ kind: "stack", stack: "app", state: "waiting" });
    screen.observer(creating);
    vi.advanceTimersByTime(120);
    expect(screen.lines).toEqual([expect.stringMatching(/^● base\s+applying\s+\S+ \S+\s+create Bucket logs$/), expect.stringMatching(/^· app\s+waiting/)]);
    vi.advanceTimersByTime(5_000);
    expect(screen.lines).toEqual([expect.stringMatching(/^● base\s+applying\s+5(\.\d)? s\s+create Bucket logs$/), expect.stringMatching(/^· app/)]);
    screen.observer({ kind: "stack", stack: "base", state: "applied", detail: "1 create" });
    vi.advanceTimersByTime(120);
    expect(screen.lines).toEqual([expect.stringMatching(/^✔ base\s+applied\s+\S+ \S+\s+1 create$/), expect.stringMatching(/^· app/)]);
    screen.stop();
  });

  it("keeps what is told above the table, in order", () => {
    const screen = open(true);
    screen.observer({ kind: "step", text: "reading dev" });
    screen.observer({ kind: "stack", stack: "base", state: "previewing" });
    vi.advanceTimersByTime(240);
    screen.observer({ kind: "wave", number: 1, of: 1, stacks: ["base"] });
    expect(screen.lines).toEqual(["reading dev", "wave 1 of 1: base", expect.stringMatching(/^● base\s+previewing/)]);
    screen.stop();
  });

  it("does not name a resource that only stays as it is, nor one of a stack that is not shown", () => {
    const screen = open(true);
    screen.observer({ kind: "stack", stack: "base", state: "applying" });
    screen.observer({ ...creating, operation: "same" });
    screen.observer({ ...creating, stack: "other" });
    vi.advanceTimersByTime(120);
    expect(screen.lines).toEqual([expect.not.stringContaining("logs")]);
    screen.stop();
  });

  it("leaves the newest state standing when it stops, and writes nothing afterwards", () => {
    const screen = open(true);
    screen.observer({ kind: "stack", stack: "base", state: "applying" });
    vi.advanceTimersByTime(120);
    screen.observer({ kind: "stack", stack: "base", state: "failed" });
    screen.stop();
    expect(screen.lines).toEqual([expect.stringMatching(/^✖ base\s+failed/)]);
    const { writes } = screen;
    screen.stop();
    vi.advanceTimersByTime(60_000);
    expect([screen.writes, vi.getTimerCount()]).toEqual([writes, 0]);
  });
});
