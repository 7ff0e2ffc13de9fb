import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openStandin, type Standin } from "../../src/satellites/forge-standin/index.ts";
import { engine, isFull, newHome, type Change, type Home, type Told } from "./estate.ts";
import { sentences } from "./evidence.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const machines = (cidr: string): Readonly<Record<string, Change>> => ({
  "environments/dev/environment.ts": `import { defineEnvironment, stack } from "trueup";
import type machines from "../../stacks/machines/index.ts";

export default defineEnvironment({
  cloud: "sandbox",
  stacks: { east: stack<typeof machines>("stacks/machines", { layer: "machines", args: { cidr: "${cidr}", tier: "small", joinToken: "join-4f1c9a" } }) },
});
`,
});

const dialects = ["github", "gitlab"] as const;

// The slice answers comments in pull-request.test.ts and agent-story.ts, and all commands in src/workflows/conversation/commands.test.ts.
describe.skipIf(engine === undefined || !isFull).each(dialects)("commands in comments on %s", (name) => {
  let forge: Standin;
  let home: Home;
  let number: number;

  const trueup = (...args: string[]): Promise<Told> => {
    const { kind, api, repository, credentials } = forge.settings();
    const token = "token" in credentials ? credentials.token.reveal() : "";
    return home.run(args, { variables: { TRUEUP_FORGE: kind, TRUEUP_FORGE_API: api, TRUEUP_FORGE_REPOSITORY: repository, TRUEUP_FORGE_TOKEN: token } });
  };
  const answer = (comment: string): Promise<Told> => trueup("comment", "--pr", String(number), "--comment", comment);
  const reply = (comment: string): string | undefined =>
    forge.comments(number).find(({ author, body }) => author === forge.us && body.includes(`reply:${comment} `))?.body;

  beforeAll(async () => {
    forge = await openStandin(name);
    forge.join("mia", "maintain");
    home = await newHome(machines("10.1.0.0/16"), forge.path);
    const up = await trueup("apply", "dev");
    if (up.exit !== 0) throw new Error(up.err);
    await home.commit("wider", machines("10.2.0.0/16"));
    number = forge.openPullRequest("ann", { head: "wider", base: "env/dev" });
  });
  afterAll(async () => {
    await home?.remove();
    await forge?.close();
  });

  test("are previewed, told and locked, reacted to, and answered once", async () => {
    const id = forge.comment("bob", number, '/trueup preview\n/trueup status\n/trueup lock "until noon"\n```\n/trueup apply\n```');
    const first = await answer(id);
    expect([first.exit, first.out]).toEqual([0, expect.stringContaining("answered at")]);
    expect(reply(id)).toMatch(/✅ `\/trueup preview`[^]*previewed dev[^]*east[^]*✅ `\/trueup lock "until noon"` · dev\nall stacks locked/);
    expect(reply(id)).not.toContain("/trueup apply");
    expect(forge.comments(number).some(({ body }) => body.includes("10.2.0.0/16"))).toBe(true);
    expect((await sentences(home))[0]).toBe("dev: @bob locks all stacks: until noon");
    expect(forge.reactions(id)).toHaveLength(1);
    expect((await answer(id)).out).toContain("nothing to do: it is answered");
    expect(forge.comments(number).filter(({ body }) => body.includes("reply:"))).toHaveLength(1);
  });

  test("are refused for who may not, and for a head that nobody saw; a maintainer unlocks", async () => {
    const before = forge.head("wider");
    const dan = forge.comment("dan", number, "/trueup apply");
    await answer(dan);
    expect(reply(dan)).toMatch(/may not apply in dev: you may not write/);
    const late = forge.comment("bob", number, "/trueup apply");
    await home.commit("wider", machines("10.3.0.0/16"));
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    forge.comment("ann", number, "pushed again");
    await answer(late);
    expect(reply(late)).toContain(`written for ${before.slice(0, 7)}, the head is ${forge.head("wider").slice(0, 7)} now`);
    const unlock = forge.comment("mia", number, "/trueup unlock --env dev");
    await answer(unlock);
    expect((await sentences(home))[0]).toBe("dev: @mia unlocks all stacks");
  });
});
