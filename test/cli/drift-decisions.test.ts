import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plainGit } from "../../src/adapters/git/test-remote.ts";
import { openClone, type Clone } from "../plain/estate.ts";
import { typed } from "./typed.ts";

const one = ["--stack", "machines", "--finding", "3fa9c1d2"] as const;
const why = ["--reason", "the cost tool writes it"] as const;
const end = ["--until", "2036-11-24"] as const;
const ignore = (...words: readonly string[]): readonly string[] => ["drift", "ignore", "dev", ...words];

/** Each flag and word of each decision about drift, wrong in one way. */
const wrong: readonly (readonly [name: string, words: readonly string[], exit: number, says: RegExp])[] = [
  ["no environment", ["drift", "ignore", ...one, ...why, ...end], 2, /^USAGE: no environment was named/],
  ["no stack", ignore("--finding", "3fa9c1d2", ...why, ...end), 2, /^USAGE: no stack was named\non --stack\n/],
  ["no finding", ignore("--stack", "machines", ...why, ...end), 2, /^USAGE: no finding was named.*\non --finding, --urn\n/],
  ["two names for one finding", ignore(...one, "--urn", "urn:x", ...why, ...end), 2, /two names for one thing/],
  ["an id that is none", ignore("--stack", "machines", "--finding", "web", ...why, ...end), 2, /"web" is no id of a finding\non --finding\n/],
  ["no reason", ignore(...one, ...end), 2, /^USAGE: no reason was given.*\non --reason\nSay why/],
  ["a reason of a whole page", ignore(...one, ...end, "--reason", "x".repeat(301)), 2, /the reason has 301 characters, 300 at most/],
  ["no end", ignore(...one, ...why), 2, /^USAGE: no end was given.*\non --until\n/],
  ["an end that is none", ignore(...one, ...why, "--until", "soon"), 2, /"soon" is no time\non --until\n/],
  ["a day that no calendar has", ignore(...one, ...why, "--until", "2036-02-30"), 2, /no calendar has it/],
  ["an end that is over", ignore(...one, ...why, "--until", "2020-01-01"), 2, /is over already/],
  ["an end that is years away", ignore(...one, ...why, ...end), 2, /more than 90 days away.*\n.*\n.*drift\.ignore in environment\.ts/],
  ["unignore without a reason", ["drift", "unignore", "dev", ...one], 2, /no reason was given/],
  ["unignore of what is not ignored", ["drift", "unignore", "dev", ...one, ...why], 2, /^USAGE: no ignore rule of the ledger is about that in machines/],
  ["unignore with an end", ["drift", "unignore", "dev", ...one, ...why, ...end], 2, /unknown option '--until'/],
  ["an adoption without a stack", ["drift", "adopt", "dev"], 2, /^USAGE: no stack was named\non --stack\n/],
  ["an adoption with an id that is none", ["drift", "adopt", "dev", "--stack", "machines", "--finding", "3FA9C1D2"], 2, /no id of a finding/],
  ["an adoption with an end", ["drift", "adopt", "dev", ...one, ...end], 2, /unknown option '--until'/],
  ["an adoption of what was never applied", ["drift", "adopt", "dev", ...one], 6, /^ENVIRONMENT_UNKNOWN: dev was never applied/],
  ["a flag that is none", ignore(...one, ...why, ...end, "--untill", "x"), 2, /unknown option '--untill'.*\n.*\n.*--until/],
  ["a fix with a flag of a look", ["drift", "fix", "dev", "--scheduled"], 2, /unknown option '--scheduled'/],
  ["a fix of what was never applied", ["drift", "fix", "dev"], 6, /^ENVIRONMENT_UNKNOWN: dev was never applied/],
];

describe("decisions about drift on the command line", () => {
  let clone: Clone;
  beforeAll(async () => {
    clone = await openClone("");
  });
  afterAll(() => clone.close());
  const refs = (): string => plainGit(clone.folder, ["ls-remote", "origin"]);

  it.each(wrong)("%s is refused in three lines, and nothing is changed", async (...[, words, exit, says]) => {
    const before = refs();
    const told = await typed(clone.folder, words);
    // What it says on the way is not the problem.
    const lines = told.err
      .trimEnd()
      .split("\n")
      .filter((line) => !line.startsWith("reading what is live"));
    expect([told.exit, told.out, lines.length]).toEqual([exit, "", 3]);
    expect(lines.join("\n")).toMatch(says);
    expect(lines[1]).toMatch(/^on \S/);
    expect(refs()).toBe(before);
  });
});
