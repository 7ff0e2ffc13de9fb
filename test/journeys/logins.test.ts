import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { engine, isFull } from "./estate.ts";
import { sentences } from "./evidence.ts";
import { cidr, Team } from "./team.ts";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

/** Whose token it is decides as whom trueup signs in. */
function tokenOf({ forge }: Team, login: string): Readonly<Record<string, string>> {
  const { credentials } = forge.settings({ login });
  return { TRUEUP_FORGE_TOKEN: "token" in credentials ? credentials.token.reveal() : "" };
}

/** Previews of a CI job's token, applies of another's or in a person's shell: so it is on GitLab always, and on GitHub beside an App. */
describe.skipIf(engine === undefined || !isFull).each(["github", "gitlab"] as const)("several logins for one environment on %s", (name) => {
  let team: Team;
  const preview = async (number: number, login = team.forge.bot): Promise<number | undefined> =>
    (await team.run(["preview", "--pr", String(number)], { variables: tokenOf(team, login) })).exit;
  /** Who has the preview comment. */
  const previewers = (number: number): readonly string[] =>
    team.forge
      .comments(number)
      .filter(({ body }) => body.startsWith("<!-- trueup:preview -->"))
      .map(({ author }) => author);

  beforeAll(async () => {
    team = await Team.meet(name);
    team.forge.allowAsTheHostDoes();
  });
  afterAll(() => team?.close());

  test("an approval of what another login previewed counts, in a job and in a person's shell", async () => {
    const first = await team.open("first", cidr("east", "10.2.0.0/16"));
    expect(await preview(first)).toBe(0);
    team.forge.approve("bob", first);
    team.forge.merge("bob", first, "merge");
    await team.must("apply", "--branch", "env/dev");
    expect((await sentences(team.home))[0]).toMatch(/applied to east.*approved by bob/);
    const second = await team.open("second", cidr("west", "10.3.0.0/16"));
    expect(await preview(second)).toBe(0);
    team.forge.approve("bob", second);
    team.forge.merge("bob", second, "squash");
    const { exit, err } = await team.run(["apply", "dev"], { variables: tokenOf(team, "ann") });
    expect([exit, err.split("\n").slice(-4)]).toEqual([0, expect.anything()]);
    expect((await sentences(team.home))[0]).toMatch(/applied to west.*approved by bob/);
    expect([previewers(first), previewers(second)]).toEqual([[team.forge.bot], [team.forge.bot]]);
  });

  test("each keeps a comment of its own, which goes on from what the others showed", async () => {
    const number = await team.open("both", cidr("east", "10.4.0.0/16"));
    expect(await preview(number)).toBe(0);
    team.forge.approve("bob", number);
    await team.push("both", cidr("east", "10.5.0.0/16"), "add");
    expect([await preview(number, team.forge.us), previewers(number)]).toEqual([0, [team.forge.bot, team.forge.us]]);
    expect(team.ours(number)).toEqual([expect.stringMatching(/10\.5\.0\.0\/16[^]*Since the previous preview/)]);
    expect([await preview(number), previewers(number)]).toEqual([0, [team.forge.bot, team.forge.us]]);
    team.forge.closePullRequest(number);
  });

  test("a comment copied from another pull request counts for nothing, though the commit is the same", async () => {
    const shown = await team.open("shown", cidr("east", "10.6.0.0/16"));
    expect(await preview(shown)).toBe(0);
    const [{ body = "" } = {}] = team.forge.comments(shown);
    await team.home.git("push", "--quiet", "origin", "shown:refs/heads/unseen");
    team.forge.closePullRequest(shown);
    const unseen = team.forge.openPullRequest("ann", { head: "unseen", base: "env/dev" });
    team.forge.comment("mallory", unseen, body);
    team.forge.approve("bob", unseen);
    team.forge.merge("bob", unseen, "merge");
    const refused = await team.trueup("apply", "--branch", "env/dev");
    expect([refused.exit, refused.lines[0]]).toEqual([11, expect.stringMatching(/0 of 1 approvals.*no preview of [0-9a-f]{7} is known/)]);
    // Control: sealed on this pull request, the same approval counts.
    expect(await preview(unseen)).toBe(0);
    await team.must("apply", "--branch", "env/dev");
    expect((await sentences(team.home))[0]).toMatch(/applied to east.*approved by bob/);
  });
});
