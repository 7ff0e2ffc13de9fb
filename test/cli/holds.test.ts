import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plainGit } from "../../src/adapters/git/test-remote.ts";
import { openClone, type Clone } from "../plain/estate.ts";
import { typed, type Typed } from "./typed.ts";

const why = ["--reason", "the database moves"] as const;
const how = ["--for", "2h"] as const;

/** Each flag and word of each command, wrong in one way. */
const wrong: readonly (readonly [name: string, words: readonly string[], exit: number, says: RegExp])[] = [
  ...(["suspend", "pin", "freeze"] as const).flatMap((verb): (typeof wrong)[number][] => [
    [`${verb} without a reason`, [verb, "dev", ...how], 2, /^USAGE: no reason was given.*\non --reason\nSay why/],
    [`${verb} with an empty reason`, [verb, "dev", ...how, "--reason", " \n "], 2, /no reason was given/],
    [`${verb} without an end`, [verb, "dev", ...why], 2, /no end was given.*\non --for, --until\nGive one: --for 2h/],
  ]),
  ...(["resume", "unpin", "thaw"] as const).flatMap((verb): (typeof wrong)[number][] => [
    [`${verb} without a reason`, [verb, "dev"], 2, /no reason was given/],
    [`${verb} of what is not there`, [verb, "dev", ...why], 2, /^USAGE: dev is not (held|pinned|frozen)\n.*\nNothing was changed\./],
    [`${verb} with an end`, [verb, "dev", ...why, "--for", "2h"], 2, /unknown option '--for'/],
  ]),
  ["a reason of a whole page", ["suspend", "dev", ...how, "--reason", "x".repeat(301)], 2, /the reason has 301 characters, 300 at most/],
  ["two ends", ["suspend", "dev", ...why, ...how, "--until", "2036-11-24T08:00Z"], 2, /--for and --until are two ends/],
  ["a length that is none", ["suspend", "dev", ...why, "--for", "soon"], 2, /"soon" is no length of time\non --for\nWrite it like --for 30m/],
  ["no length at all", ["suspend", "dev", ...why, "--for", "0m"], 2, /"0m" is no length of time/],
  ["a length of months", ["freeze", "dev", ...why, "--for", "91d"], 2, /more than 90 days away/],
  ["a time on nobody's clock", ["pin", "dev", ...why, "--until", "2036-11-24T08:00"], 2, /does not say on which clock\non --until\n/],
  ["a time that is over", ["pin", "dev", ...why, "--until", "2020-11-24T08:00Z"], 2, /is over already/],
  ["a time that is none", ["freeze", "dev", ...why, "--until", "tomorrow"], 2, /"tomorrow" is no time/],
  ["an unknown environment", ["suspend", "dve", ...why, ...how], 6, /^(ENVIRONMENT_UNKNOWN|BRANCH_MISSING): /],
  ["no environment", ["suspend", ...why, ...how], 2, /no environment was named/],
  ["an unknown stack", ["suspend", "dev", "--stack", "machnies", ...why, ...how], 6, /^STACK_UNKNOWN: .*\n.*\nDid you mean "machines"\?/],
  ["a pin of nothing", ["pin", "dev", ...why, ...how], 2, /nothing of dev is live/],
  ["windows at no time", ["windows", "dev", "--at", "noon"], 2, /^USAGE: "noon" is no time\non --at\nWrite it like/],
  ["windows of an unknown environment", ["windows", "dve"], 6, /^(ENVIRONMENT_UNKNOWN|BRANCH_MISSING): /],
  ["a flag that is none", ["windows", "dev", "--att", "now"], 2, /unknown option '--att'.*\n.*\n.*--at/],
];

describe("windows and holds on the command line", () => {
  let clone: Clone;
  beforeAll(async () => {
    clone = await openClone("");
  });
  afterAll(() => clone.close());

  const type = (...args: readonly string[]): Promise<Typed> => typed(clone.folder, args);
  const refs = (): string => plainGit(clone.folder, ["ls-remote", "origin"]);

  it.each(wrong)("%s is refused in three lines, and nothing is changed", async (...[, words, exit, says]) => {
    const before = refs();
    const told = await type(...words);
    const lines = told.err.trimEnd().split("\n");
    expect([told.exit, told.out, lines.length]).toEqual([exit, "", 3]);
    expect(lines.join("\n")).toMatch(says);
    expect(lines[1]).toMatch(/^on \S/);
    expect(refs()).toBe(before);
  });

  it("are set, told and lifted; what is printed says what it means and how it ends", async () => {
    const set = await type("suspend", "dev", "--stack", "apps", ...why, ...how);
    expect([set.exit, set.out]).toEqual([
      0,
      expect.stringMatching(
        /^stack apps of dev is held until \w{3} \d{4}-\d\d-\d\d \d\d:\d\dZ, by \S+: the database moves\nno apply begins.*lift it: trueup resume dev --stack apps --reason "…"\n$/,
      ),
    ]);
    const windows = await type("windows", "dev");
    expect(windows.out).toMatch(/^dev at .*\napply +open +no window restricts it; nothing closes it\n(.*\n)+held: apps, until .*: the database moves\n$/);
    const json = JSON.parse((await type("windows", "dev", "--at", "2036-11-24 08:00 Europe/Berlin", "-o", "json")).out) as { readonly data: object };
    expect(json.data).toMatchObject({ environment: "dev", at: "2036-11-24T07:00:00.000Z", holds: [] });
    expect((await type("status", "dev")).out).toMatch(/hold on apps: the database moves \(.*until .*lift it: trueup resume dev --stack apps/);
    const lifted = await type("resume", "dev", ...why);
    expect([lifted.exit, lifted.out]).toEqual([0, "stack apps of dev is no longer held (the database moves)\n"]);
    expect((await type("log", "dev", "--limit", "2")).out).toMatch(
      /resumes stack apps: the database moves\n.*suspends stack apps until .*Z: the database moves/,
    );
  });
});
