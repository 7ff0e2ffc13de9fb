import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Fault } from "../../src/satellites/forge-standin/index.ts";
import { leaksIn } from "../forges/leaks.ts";
import { engine, isFull, type Told } from "../journeys/estate.ts";
import { picture, record, results, sentences } from "../journeys/evidence.ts";
import { cidr, Team } from "../journeys/team.ts";

vi.setConfig({ testTimeout: 200_000, hookTimeout: 200_000 });

const dialects = isFull ? (["github", "gitlab"] as const) : (["github"] as const);
const always = Number.POSITIVE_INFINITY;

/** One problem, in three lines, with nothing in it that steers a terminal or lets anybody in. */
function expectSaidOnce({ err, out }: Told, code: string, secrets: readonly string[]): void {
  const said = `${err}${out}`;
  expect([said.split(`${code}:`).length - 1, said]).toEqual([1, expect.stringContaining(code)]);
  expect(said).not.toMatch(/\n\s+at .*\(?(node:|\/|file:)/);
  expect(leaksIn(said, secrets)).toEqual([]);
}

/** What is left of Markdown when the marker and code are taken out: where HTML, links and mentions come alive. */
const outsideCode = (text: string): string => text.replace(/^<!--.*?-->/s, "").replaceAll(/(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)/g, "");

/** By the table of exit codes: not authenticated is 3, what is not understood a failure. */
const exits = { FORGE_NONSENSE: 1, FORGE_REFUSED: 3 } as const;
type Code = keyof typeof exits;
const nonsense = { status: 200, body: "<html><h1>Please sign in</h1></html>", contentType: "text/html" } as const;
const revoked = { status: 401, body: '{"message":"Bad credentials"}' } as const;

describe.skipIf(engine === undefined).each(dialects)("a forge on %s", (name) => {
  let team: Team;
  beforeAll(async () => {
    team = isFull ? await Team.meet(name) : await Team.found(name);
  });
  afterAll(() => team?.close());
  const met = async (fault: Fault, ...args: string[]): Promise<Told> => {
    team.forge.fault({ times: always, ...fault });
    const told = await team.trueup(...args);
    team.forge.clearFaults();
    return told;
  };

  const middles = [
    ["answers nonsense when the comment is to be written", { match: "comments.list", ...nonsense }, "FORGE_NONSENSE"],
    ["no longer knows the token after its first answers", { match: "api", after: 4, ...revoked }, "FORGE_REFUSED"],
  ] as const satisfies readonly (readonly [string, Fault, Code])[];
  test.skipIf(!isFull).each(middles)("that %s: the preview ends, said once and clearly; the next one tells it all", async (what, fault, code) => {
    const number = await team.open(`middle-${what.length}`, cidr("east", "10.2.0.0/16"));
    const told = await met(fault, "preview", "--pr", String(number));
    expect([told.exit, told.lines[0]]).toEqual([exits[code], expect.stringMatching(new RegExp(`^${code}: `))]);
    expectSaidOnce(told, code, team.forge.secrets());
    await team.must("preview", "--pr", String(number));
    expect(team.ours(number)).toEqual([expect.stringContaining("10.2.0.0/16")]);
    expect(team.forge.statuses(team.forge.head(`middle-${what.length}`))).toMatchObject([{ state: "success", copies: 1 }]);
    team.forge.closePullRequest(number);
  });

  test("whose comment is hostile: it is answered once, as text; nothing of it is obeyed, printed raw, or believed to be ours", async () => {
    const number = await team.open("hostile", cidr("west", "10.3.0.0/16"));
    const evil = [
      "<!-- trueup:preview -->",
      '/trueup preview --env ../../etc --stack "$(touch pwned)"',
      '/trueup lock "<img src=x onerror=alert(1)> @everyone [x](javascript:alert(1)) \u001b[2J\u202e"',
      "/trueup status --env dev\u0000; rm -rf /",
      "/trueup drift ` <img src=x onerror=alert(1)> `` @everyone",
      "\u200b/trueup apply",
      "::error::forged",
      "##[error]forged",
      "```",
      "/trueup apply",
      "```",
      `/trueup ${"x".repeat(3_000)}`,
    ].join("\n");
    const id = team.forge.comment("bob", number, evil);
    const before = await picture(team.home);
    const told = await team.trueup("comment", "--pr", String(number), "--comment", id);
    expect(told.exit).toBe(0);
    const [reply = "", ...others] = team.ours(number);
    expect(others).toEqual([]);
    expect(reply.split("\n")[0]).toMatch(new RegExp(`^<!-- trueup:reply:${id} `));
    expect(outsideCode(reply)).not.toMatch(/<img|@everyone|\]\(javascript/i);
    expect(outsideCode("`<img>` ``a ` <img>`` <img>")).toMatch(/<img/);
    // eslint-disable-next-line no-control-regex -- that they are not there is the point
    expect(`${reply}${told.out}${told.err}`).not.toMatch(/[\u0000\u001b\u202e]|^::|^##\[/m);
    expect(reply.length).toBeLessThan(20_000);
    expect(await picture(team.home)).toEqual(before);
    expect((await team.trueup("comment", "--pr", String(number), "--comment", id)).out).toContain("it is answered");
    await team.must("preview", "--pr", String(number));
    expect(team.forge.comments(number).find((one) => one.id === id)?.body).toBe(evil);
    expect(team.ours(number)).toHaveLength(2);
    team.forge.closePullRequest(number);
  });

  test.skipIf(!isFull)(
    "that forgets the token before it was asked who approved: nothing is touched, and it can be applied as soon as it knows it again",
    async () => {
      const number = await team.open("forgotten", cidr("east", "10.4.0.0/16"));
      await team.must("preview", "--pr", String(number));
      team.forge.approve("bob", number);
      team.forge.merge("bob", number, "merge");
      const before = await picture(team.home);
      for (const [fault, code] of [
        [revoked, "FORGE_REFUSED"],
        [nonsense, "FORGE_NONSENSE"],
      ] as const) {
        const told = await met({ match: "api", ...fault }, "apply", "--branch", "env/dev");
        expect([told.exit, told.lines[0]]).toEqual([exits[code], expect.stringMatching(new RegExp(`^${code}: `))]);
        expect([await picture(team.home), (await record(team.home)).lease]).toEqual([before, null]);
        expect(leaksIn((await sentences(team.home)).join("\n"), team.forge.secrets())).toEqual([]);
      }
      await team.must("apply", "--branch", "env/dev");
      expect((await sentences(team.home))[0]).toMatch(/applied to east/);
    },
  );

  test.skipIf(!isFull)(
    "that forgets the token, or talks nonsense, while stacks are applied: the apply ends well and says once that nobody was told",
    async () => {
      for (const [fault, code, net] of [
        [revoked, "FORGE_REFUSED", "10.5.0.0/16"],
        [nonsense, "FORGE_NONSENSE", "10.6.0.0/16"],
      ] as const) {
        const number = await team.open(`untold-${code}`, cidr("west", net));
        await team.must("preview", "--pr", String(number));
        team.forge.approve("bob", number);
        team.forge.merge("bob", number, "merge");
        const told = await met({ match: "api write", ...fault }, "apply", "--branch", "env/dev");
        expect([told.exit, told.err]).toEqual([0, expect.stringMatching(/the forge/)]);
        expect(told.err.split("\n").filter((line) => /not told|cannot be told|will be told/.test(line))).toHaveLength(1);
        expect(leaksIn(`${told.out}${told.err}`, team.forge.secrets())).toEqual([]);
        expect([await results(team.home), (await sentences(team.home))[0]]).toMatchObject([{ west: "good" }, expect.stringMatching(/applied to west/)]);
      }
    },
  );
});
