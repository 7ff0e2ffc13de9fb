import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { engine, isFull, type Change } from "./estate.ts";
import { sentences } from "./evidence.ts";
import { cidr, Team, two } from "./team.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const dialects = isFull ? (["github", "gitlab"] as const) : (["github"] as const);
const owned = two("approvals: { min: 1, from: [], codeOwners: true },");
const owners = "* @bob\n/environments/ @cyd\n/CODEOWNERS @cyd\n";

describe.skipIf(engine === undefined).each(dialects)("owners of what a change touches, on %s", (name) => {
  let team: Team;
  /** Ann's pull request, previewed, approved by these, and merged by Bob. */
  const bring = async (branch: string, files: Readonly<Record<string, Change>>, approvers: readonly string[]): Promise<number> => {
    const number = await team.open(branch, files);
    await team.trueup("preview", "--pr", String(number));
    for (const login of approvers) team.forge.approve(login, number);
    team.forge.merge("bob", number, "merge");
    return number;
  };
  beforeAll(async () => {
    team = await Team.meet(name);
    await bring("own", { ...owned, CODEOWNERS: owners }, ["bob"]);
    await team.must("apply", "--branch", "env/dev");
  });
  afterAll(() => team?.close());

  test.skipIf(!isFull)(
    "an approval of somebody else is one, and still waits for an owner: exit 11 names paths and owners; an owner's word after the merge lets it go on",
    async () => {
      const number = await bring("east", cidr("east", "10.4.0.0/16"), ["bob"]);
      const held = await team.trueup("apply", "--branch", "env/dev");
      expect([held.exit, held.lines.join("\n")]).toEqual([
        11,
        expect.stringMatching(/environments\/dev\/values\.json: 0 of 1 approvals from @cyd \(CODEOWNERS line 2\)/),
      ]);
      const say = async (by: string): Promise<void> =>
        team.must("comment", "--pr", String(number), "--comment", team.forge.comment(by, number, "/trueup approve"));
      await say("bob");
      expect((await team.trueup("apply", "--branch", "env/dev")).exit).toBe(11);
      await say("cyd");
      await team.must("apply", "--branch", "env/dev");
      expect((await sentences(team.home))[0]).toMatch(/applied to east.*approved by .*cyd/);
    },
  );

  test.skipIf(!isFull)("the owner's own review is enough, and who owns is what is live says: a change cannot make its approver an owner", async () => {
    await bring("west", cidr("west", "10.5.0.0/16"), ["cyd"]);
    await team.must("apply", "--branch", "env/dev");
    await bring("grab", { CODEOWNERS: "* @bob\n", ...cidr("west", "10.6.0.0/16") }, ["bob"]);
    const held = await team.trueup("apply", "--branch", "env/dev");
    expect([held.exit, held.lines.join("\n")]).toEqual([11, expect.stringMatching(/CODEOWNERS: 0 of 1 approvals from @cyd/)]);
  });
});
