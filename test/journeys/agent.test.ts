import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { lookOf } from "./agent-story.ts";
import { engine, isFull } from "./estate.ts";
import { cidr, Team } from "./team.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** Each look is a process of its own: what one knows, the next knows from the ledger and the forge alone. */
// The slice has one in agent-story.ts, at the team of pull-request.test.ts.
describe.skipIf(engine === undefined || !isFull)("an agent that looks after an environment", () => {
  let team: Team;
  beforeAll(async () => {
    team = await Team.meet("github");
  });
  afterAll(() => team?.close());
  const look = (): Promise<readonly string[]> => lookOf(team);

  test("tries a commit that cannot work once and then waits with it; an approval by a comment is a reason to look again at once", async () => {
    const number = await team.open("waits", cidr("west", "10.3.0.0/16"));
    await look();
    team.forge.merge("cyd", number, "merge");
    expect(await look()).toEqual([expect.stringMatching(/^apply dev: HELD: 0 of 1 approvals/)]);
    expect(await look()).toEqual([]);
    team.forge.comment("bob", number, "/trueup approve");
    expect(await look()).toEqual([expect.stringMatching(/^comment #/), "apply dev: done"]);
  });

  test("tells a fork once that it is not previewed by itself, and leaves it alone until somebody who may write asks for it", async () => {
    const base = team.forge.head("env/dev");
    const values = await team.home.git("show", "env/dev:environments/dev/values.json");
    team.forge.push("mallory", "theirs", { fork: "mallory", parent: base, files: { "environments/dev/values.json": `${values}\n` } });
    const number = team.forge.openPullRequest("mallory", { head: "theirs", base: "env/dev", fork: "mallory" });
    expect([await look(), await look()]).toEqual([[`comment #${number}: done`], []]);
    team.forge.comment("bob", number, "/trueup preview");
    expect(await look()).toEqual([expect.stringMatching(/^comment #/)]);
    expect(team.ours(number)).toContainEqual(expect.stringMatching(/^<!-- trueup:preview(?![^]*comes from a fork)/));
  });
});
