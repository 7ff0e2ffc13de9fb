import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { engine, isFull } from "./estate.ts";
import { sentences } from "./evidence.ts";
import { cidr, Team } from "./team.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** What ended and what went wrong, in the order of the log. */
function newsIn(log: string): readonly string[] {
  const lines = log.split("\n").filter((line) => line.startsWith("{"));
  const news = lines.map((line) => JSON.parse(line) as { readonly event: string; readonly text: string });
  return news.flatMap(({ event, text }) => (event === "ended" || event === "trouble" ? [text] : []));
}

/** Each look is a process of its own: what one knows, the next knows from the ledger and the forge alone. */
describe.skipIf(engine === undefined)("an agent that looks after an environment", () => {
  let team: Team;
  beforeAll(async () => {
    team = await Team.meet("github");
  });
  afterAll(() => team?.close());
  const look = async (): Promise<readonly string[]> => {
    const { exit, err } = await team.trueup("agent", "--env", "dev", "--once");
    if (exit !== 0) throw new Error(`the agent ended with ${exit}: ${err}`);
    return newsIn(err);
  };

  test("previews a pull request once, answers a comment once, applies the merge once it is approved, and then has nothing to do", async () => {
    const number = await team.open("by-agent", cidr("east", "10.2.0.0/16"));
    const asked = team.forge.comment("bob", number, "/trueup status");
    expect(await look()).toEqual([`comment #${number} comment ${asked}: done`, `preview #${number}: done`]);
    expect(team.ours(number)).toEqual([expect.stringContaining("as the ledger has it"), expect.stringContaining("10.2.0.0/16")]);
    expect(await look()).toEqual([]);
    expect(team.ours(number)).toHaveLength(2);
    team.forge.approve("bob", number);
    team.forge.merge("bob", number, "merge");
    expect(await look()).toEqual(["apply dev: done"]);
    expect((await sentences(team.home))[0]).toMatch(/applied to east.*approved by bob/);
    expect(await look()).toEqual([]);
  });

  test.skipIf(!isFull)("tries a commit that cannot work once and then waits with it; an approval by a comment is a reason to look again at once", async () => {
    const number = await team.open("waits", cidr("west", "10.3.0.0/16"));
    await look();
    team.forge.merge("cyd", number, "merge");
    expect(await look()).toEqual([expect.stringMatching(/^apply dev: HELD: 0 of 1 approvals/)]);
    expect(await look()).toEqual([]);
    team.forge.comment("bob", number, "/trueup approve");
    expect(await look()).toEqual([expect.stringMatching(/^comment #/), "apply dev: done"]);
  });

  test.skipIf(!isFull)("leaves a fork alone until somebody who may write asks for it", async () => {
    const base = team.forge.head("env/dev");
    const values = await team.home.git("show", "env/dev:environments/dev/values.json");
    team.forge.push("mallory", "theirs", { fork: "mallory", parent: base, files: { "environments/dev/values.json": `${values}\n` } });
    const number = team.forge.openPullRequest("mallory", { head: "theirs", base: "env/dev", fork: "mallory" });
    expect(await look()).toEqual([]);
    team.forge.comment("bob", number, "/trueup preview");
    expect(await look()).toEqual([expect.stringMatching(/^comment #/)]);
    expect(team.ours(number)).toContainEqual(expect.stringContaining("trueup:preview"));
  });
});
