import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plainGit } from "../../src/adapters/git/test-remote.ts";
import { openClone, type Clone } from "../plain/estate.ts";
import { typed } from "./typed.ts";

const why = ["--reason", "the old bucket is empty"] as const;
const page = ["--reason", "x".repeat(301)] as const;
const nothing = ["--reason", " \n "] as const;
const pass = (...words: readonly string[]): readonly string[] => ["apply", "dev", "--override", ...words];
const now = (...words: readonly string[]): readonly string[] => ["rollback", "dev", "--now", ...words];
const cancel = (...words: readonly string[]): readonly string[] => ["run", "cancel", "run-1", "--env", "dev", ...words];
const unknown = /^(ENVIRONMENT_UNKNOWN|BRANCH_MISSING): .*dve/;

/** Each flag and word of what acts, approves or takes back, wrong in one way. Nothing was ever applied here. */
const wrong: readonly (readonly [name: string, words: readonly string[], exit: number, says: RegExp])[] = [
  ["an apply by two names", ["apply", "dev", "--env", "prod"], 2, /^USAGE: two environments are named: dev and prod\n/],
  ["a freeze by two names", ["freeze", "dev", "--env", "prod", "--for", "2h", ...why], 2, /^USAGE: two environments are named: dev and prod\n/],
  ["an apply of an environment and of a branch", ["apply", "dev", "--branch", "env/prod"], 2, /^USAGE: .*--branch.*\non --branch\n/],
  ["an apply of a branch that is not there", ["apply", "--branch", "env/dve"], 6, /^BRANCH_MISSING: .*env\/dve/],
  ["an override of nothing", pass(), 2, /--override.*argument missing/],
  ["an override of no guard", pass("everything", ...why), 2, /^USAGE: there is no guard "everything"\non --override\nGuards: identity, /],
  [
    "an override of a guard that nobody may pass",
    pass("policy", ...why),
    2,
    /^USAGE: nobody may let the guard "policy" pass here\non --override\nWhat can be let pass: requirement, .*Nothing was changed\.$/,
  ],
  ["an override of a guard that is misspelt", pass("windw", ...why), 2, /\n.*\n.*Did you mean "window"\?/],
  [
    "an override without a reason",
    pass("window"),
    2,
    /^USAGE: no reason was given: --override wants a --reason.*\non --reason\nSay why: .*Nothing was changed\.$/,
  ],
  ["an override for a reason that says nothing", pass("window", ...nothing), 2, /^USAGE: no reason was given/],
  ["an override for a reason of a whole page", pass("window", ...page), 2, /^USAGE: the reason has 301 characters, 300 at most\non --reason\n/],
  ["a wait for nobody knows how long", ["apply", "dev", "--wait"], 2, /--wait.*argument missing/],
  ["a wait in words", ["apply", "dev", "--wait", "soon"], 2, /^USAGE: --wait wants a whole number of at least 0, not "soon"\n/],
  ["a wait of no number", ["apply", "dev", "--wait", ""], 2, /^USAGE: --wait wants a whole number of at least 0, not ""\n/],
  ["a wait back in time", ["apply", "dev", "--wait", "-1"], 2, /^USAGE: --wait wants a whole number of at least 0, not "-1"\n/],
  ["a wait of half a minute", ["apply", "dev", "--wait", "0.5"], 2, /^USAGE: --wait wants a whole number/],
  ["a wait that is a formula", ["apply", "dev", "--wait", "1e9"], 2, /^USAGE: --wait wants a whole number/],
  ["a wait until the sun is out", ["apply", "dev", "--wait", "9".repeat(20)], 2, /^USAGE: --wait wants a whole number/],
  ["an approval of no environment", ["approve"], 2, /^USAGE: no environment was named/],
  ["an approval of an unknown environment", ["approve", "dve"], 6, unknown],
  ["an approval of two environments", ["approve", "dev", "prod"], 2, /^USAGE: too many arguments/],
  ["an approval where nothing waits", ["approve", "dev"], 6, /^APPROVAL_UNWANTED: no apply of what the branch says now waits.*\n.*\nNothing was recorded\./],
  ["an approval of a run that is none", ["approve", "dev", "--run", "run-1"], 6, /^APPROVAL_UNWANTED: /],
  ["an approval of a run without a name", ["approve", "dev", "--run"], 2, /--run.*argument missing/],
  ["an approval with a flag that is none", ["approve", "dev", "--rn", "run-1"], 2, /unknown option '--rn'.*\n.*\n.*--run/],
  ["a rollback at once of no environment", ["rollback", "--now", ...why], 2, /^USAGE: no environment was named/],
  ["a rollback at once of an unknown environment", ["rollback", "dve", "--now", ...why], 6, unknown],
  ["a rollback at once without a reason", now(), 2, /^USAGE: --now wants a reason.*\non --reason\nSay why: .*Nothing was changed\.$/],
  ["a rollback at once for a reason that says nothing", now(...nothing), 2, /^USAGE: --now wants a reason/],
  ["a rollback at once for a reason of a whole page", now(...page), 2, /^USAGE: the reason has 301 characters, 300 at most/],
  ["a rollback at once of a commit", now("--commit", "HEAD", ...why), 2, /^USAGE: --now .*knows no commits\non --commit\n/],
  ["a rollback at once of a stack without a name", now("--stack", "--", ...why), 2, /^USAGE: /],
  ["a rollback at once of what was never applied", now(...why), 2, /^USAGE: nothing of dev is live/],
  ["a rollback with a flag that is none", ["rollback", "dev", "--nwo"], 2, /unknown option '--nwo'.*\n.*\n.*--now/],
  ["a retry of no environment", ["retry"], 2, /^USAGE: no environment was named/],
  ["a retry of an unknown environment", ["retry", "dve"], 6, unknown],
  ["a retry where nothing failed", ["retry", "dev"], 2, /^USAGE: nothing is held because it failed\n.*\nNothing was changed\./],
  ["a retry of a stack that nobody declared", ["retry", "dev", "--stack", "machnies"], 2, /^USAGE: nothing with machnies in it is held/],
  ["a retry for a reason that says nothing", ["retry", "dev", ...nothing], 2, /^USAGE: no reason was given/],
  ["a retry for a reason of a whole page", ["retry", "dev", ...page], 2, /^USAGE: the reason has 301 characters/],
  ["a retry with a flag that is none", ["retry", "dev", "--stak", "apps"], 2, /unknown option '--stak'.*\n.*\n.*--stack/],
  ["a run that holds nothing, cancelled", cancel(), 2, /^USAGE: run run-1 does not hold the lease\n/],
  ["a run cancelled for a reason that says nothing", cancel(...nothing), 2, /^USAGE: no reason was given/],
  ["a run cancelled for a reason of a whole page", cancel(...page), 2, /^USAGE: the reason has 301 characters/],
  ["a run cancelled nowhere", ["run", "cancel", "run-1"], 2, /^USAGE: no environment was named/],
  ["a recovery of an unknown environment", ["recover", "dve"], 6, unknown],
  ["a recovery by half a word", ["recover", "dev", "--exists", "urn:pulumi:x"], 2, /is not URN=ID\non --exists\n/],
  ["a repair of an unknown environment", ["drift", "fix", "dve"], 6, unknown],
  ["a look at drift that is two things", ["drift", "dev", "--record", "--scheduled"], 2, /^USAGE: --record and --scheduled do not go together/],
];

describe("what acts, approves or takes back, on the command line", () => {
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
      .filter((line) => !line.startsWith("reading "));
    expect([told.exit, told.out, lines.length]).toEqual([exit, "", 3]);
    expect(lines.join("\n")).toMatch(says);
    expect(lines[1]).toMatch(/^on \S/);
    expect(refs()).toBe(before);
  });
});
