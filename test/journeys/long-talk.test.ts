import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { engine, isFull } from "./estate.ts";
import { sentences } from "./evidence.ts";
import { cidr, Team } from "./team.ts";

vi.setConfig({ testTimeout: 200_000, hookTimeout: 200_000 });

const dialects = isFull ? (["github", "gitlab"] as const) : (["github"] as const);
/** Comments that both hosts give on one page, at most. */
const perPage = 100;

describe.skipIf(engine === undefined).each(dialects)("a pull request with more than 200 comments on %s", (name) => {
  let team: Team;
  let number: number;
  let order: string;
  const people = ["ann", "bob", "cyd", "dan"] as const;
  const chat = (count: number): void => {
    for (let index = 0; index < count; index++) team.forge.comment(people[index % people.length] ?? "ann", number, `and ${index}: see the trueup docs`);
  };
  const shown = (): readonly string[] => team.ours(number).filter((body) => body.includes("trueup:preview"));
  /** What the host was asked meanwhile: by its API, of that for comments, and by git, which goes over the same door. */
  const counted = async (work: () => Promise<unknown>): Promise<Readonly<Record<"all" | "comments" | "git", number>>> => {
    const from = team.forge.requests.length;
    await work();
    const asked = team.forge.requests.slice(from).map(({ purpose }) => purpose);
    const git = asked.filter((purpose) => purpose.startsWith("git.")).length;
    return { all: asked.length - git, comments: asked.filter((purpose) => purpose === "comments.list").length, git };
  };

  beforeAll(async () => {
    team = await Team.found(name);
    await team.must("apply", "dev");
    number = await team.open("wider", cidr("east", "10.2.0.0/16"));
    team.forge.allowAsTheHostDoes();
    chat(120);
    await team.must("preview", "--pr", String(number));
    chat(40);
    order = team.forge.comment("bob", number, 'Enough.\n\n/trueup lock "until noon"');
    chat(60);
  });
  afterAll(() => team?.close());

  test.skipIf(!isFull)("has one comment of ours, found on any page and edited where it stands, at a bounded number of requests", async () => {
    const before = team.forge.comments(number).map(({ id }) => id);
    await team.push("wider", cidr("east", "10.3.0.0/16"), "add");
    const asked = await counted(() => team.must("preview", "--pr", String(number)));
    expect(shown()).toEqual([expect.stringMatching(/10\.3\.0\.0\/16[^]*Since the previous preview/)]);
    expect(team.forge.comments(number).map(({ id }) => id)).toEqual(before);
    const pages = Math.ceil(before.length / perPage);
    console.log(`${name}: a preview on a pull request with ${before.length} comments asks ${asked.all} times, ${asked.comments} of them for comments`);
    expect(asked.comments).toBeLessThanOrEqual(3 * pages);
    expect(asked.all).toBeLessThanOrEqual(3 * pages + 20);
  });

  test.skipIf(!isFull)("has one command among them: an agent runs it once and answers it once, and then looks for little", async () => {
    const look = (): Promise<unknown> => team.must("agent", "--env", "dev", "--once");
    const asked = [await counted(look), await counted(look)];
    expect((await sentences(team.home)).filter((line) => line.includes("locks all stacks: until noon"))).toEqual(["dev: @bob locks all stacks: until noon"]);
    const replies = team.ours(number).filter((body) => body.includes("trueup:reply:"));
    expect(replies).toEqual([expect.stringContaining(`reply:${order} `)]);
    expect([shown().length, team.forge.reactions(order).length]).toEqual([1, 1]);
    const pages = Math.ceil(team.forge.comments(number).length / perPage);
    console.log(
      `${name}: an agent that answers one of them asks ${asked[0]?.all} times (${asked[0]?.comments} for comments), the next ${asked[1]?.all}; git ${asked[0]?.git} and ${asked[1]?.git} times`,
    );
    expect(asked[0]?.all).toBeLessThanOrEqual(6 * pages + 20);
    expect(asked[1]?.all).toBeLessThanOrEqual(4 * pages + 10);
    expect([asked[0]?.git, asked[1]?.git]).toEqual([expect.toSatisfy((count: number) => count <= 14), expect.toSatisfy((count: number) => count <= 7)]);
  });
});
