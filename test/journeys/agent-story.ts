import { expect, test } from "vitest";
import { sentences } from "./evidence.ts";
import { cidr, type Team } from "./team.ts";

/** What ended and what went wrong, in the order of the log. */
function newsIn(log: string): readonly string[] {
  const lines = log.split("\n").filter((line) => line.startsWith("{"));
  const news = lines.map((line) => JSON.parse(line) as { readonly event: string; readonly text: string });
  return news.flatMap(({ event, text }) => (event === "ended" || event === "trouble" ? [text] : []));
}

/** One look of an agent, in a process of its own: what ended and what went wrong in it. */
export async function lookOf(team: Team): Promise<readonly string[]> {
  const { exit, err } = await team.trueup("agent", "--env", "dev", "--once");
  if (exit !== 0) throw new Error(`the agent ended with ${exit}: ${err}`);
  return newsIn(err);
}

export function agentStory(team: () => Team): void {
  test("an agent previews a pull request once, answers a comment once, applies the merge once it is approved, and then has nothing to do", async () => {
    const number = await team().open("by-agent", cidr("east", "10.2.0.0/16"));
    const asked = team().forge.comment("bob", number, "/trueup status");
    expect(await lookOf(team())).toEqual([`comment #${number} comment ${asked}: done`, `preview #${number}: done`]);
    expect(team().ours(number)).toEqual([expect.stringContaining("as the ledger has it"), expect.stringContaining("10.2.0.0/16")]);
    team().forge.approve("bob", number);
    team().forge.merge("bob", number, "merge");
    // Nothing else: what was previewed and answered is known to the next process.
    expect(await lookOf(team())).toEqual(["apply dev: done"]);
    expect((await sentences(team().home))[0]).toMatch(/applied to east.*approved by bob/);
    const told = team().ours(number);
    expect([await lookOf(team()), team().ours(number)]).toEqual([[], told]);
  });
}
