import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plainGit } from "../../src/adapters/git/test-remote.ts";
import { openClone, type Clone } from "../plain/estate.ts";
import { typed } from "./typed.ts";

const why = ["--reason", "somebody deleted it"] as const;
const yes = ["--yes", "--by", "ann", ...why] as const;
const urn = "urn:pulumi:dev.machines::acme::aws:ec2/vpc:Vpc::main";

/** Each flag and word, wrong in one way. Nobody is at a terminal here. */
const wrong: readonly (readonly [name: string, words: readonly string[], exit: number, says: RegExp])[] = [
  [
    "nobody to ask",
    ["dev"],
    2,
    /^USAGE: a rebuild asks a person once, and there is no terminal to ask at\non the command line\nLook first: --dry-run.*--yes --by NAME/,
  ],
  ["a yes without a reason", ["dev", "--yes"], 2, /--yes wants a --reason/],
  ["an empty reason", ["dev", "--yes", "--reason", " \n "], 2, /--reason says nothing\non --reason\nSay why/],
  ["a reason of a whole page", ["dev", "--yes", "--reason", "x".repeat(301)], 2, /--reason has more than 300 characters/],
  ["a yes by nobody", ["dev", "--yes", ...why, "--by", " "], 2, /--by says nothing/],
  ["a name without a yes", ["dev", "--by", "ann", "--dry-run"], 2, /--by goes with --yes/],
  ["a yes to a dry run", ["dev", "--dry-run", ...yes], 2, /--dry-run asks nobody.*\non --yes, --dry-run\n/],
  ["an object without an id", ["dev", ...yes, "--exists", urn], 2, /is not URN=ID\non --exists\n/],
  ["two words on one object", ["dev", ...yes, "--exists", `${urn}=vpc-1`, "--absent", urn], 2, /two things are said/],
  ["a guard that is none", ["dev", ...yes, "--override", "everything"], 2, /there is no guard "everything"\non --override\n/],
  ["a guard that a rebuild does not ask", ["dev", ...yes, "--override", "verify"], 2, /nobody may let the guard "verify" pass here\non --override\n/],
  ["a guard without a reason", ["dev", "--dry-run", "--override", "stateful"], 2, /--override wants a --reason/],
  ["a flag that is none", ["dev", "--form", "HEAD"], 2, /unknown option '--form'.*\n.*\n.*--from/],
  ["no environment", [...yes], 2, /no environment was named/],
  ["an unknown environment", ["dve", ...yes], 6, /^(ENVIRONMENT_UNKNOWN|BRANCH_MISSING): /],
  [
    "an unknown stack",
    ["dev", ...yes, "--stack", "machnies"],
    6,
    /^STACK_UNKNOWN: the stack "machnies" was never good in dev.*\n.*\n.*Did you mean "machines"\?/,
  ],
  ["an unknown stack that is gone", ["dev", ...yes, "--gone", "nothing"], 6, /^STACK_UNKNOWN: the stack "nothing"/],
  ["a commit that is none", ["dev", ...yes, "--from", "no-such-thing"], 2, /^REF_INVALID: /],
  [
    "a commit that was never live",
    ["dev", ...yes, "--from", "aside"],
    2,
    /^REF_INVALID: \w{7} was never live in dev.*\non --from\nNothing was touched\. Take a commit from: trueup log dev/,
  ],
];

describe("a rebuild on the command line", () => {
  let clone: Clone;
  beforeAll(async () => {
    clone = await openClone("");
    plainGit(clone.folder, ["checkout", "--quiet", "-b", "aside"]);
    plainGit(clone.folder, ["commit", "--quiet", "--allow-empty", "-m", "Never merged"]);
    plainGit(clone.folder, ["checkout", "--quiet", "-"]);
  });
  afterAll(() => clone.close());

  it.each(wrong)("%s is refused in three lines, and nothing is changed", async (...[, words, exit, says]) => {
    const before = plainGit(clone.folder, ["ls-remote", "origin"]);
    const told = await typed(clone.folder, ["rebuild", ...words]);
    const lines = told.err.trimEnd().split("\n").slice(-3);
    expect([told.exit, told.out]).toEqual([exit, ""]);
    expect(lines.join("\n")).toMatch(says);
    expect(lines[1]).toMatch(/^on \S/);
    expect(plainGit(clone.folder, ["ls-remote", "origin"])).toBe(before);
  });
});
