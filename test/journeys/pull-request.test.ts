import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openStandin, type Standin } from "../forges/standin/standin.ts";
import { engine, isFull, newHome, set, values as changed, type Change, type Home, type Told } from "./estate.ts";
import { results, sentences } from "./evidence.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** Two stacks that know nothing of each other, so that a change of one is no business of who approved the other. */
const two = (approvals: string): Readonly<Record<string, Change>> => ({
  "environments/dev/environment.ts": `import { defineEnvironment, stack } from "trueup";
import type machines from "../../stacks/machines/index.ts";
import values from "./values.json" with { type: "json" };

export default defineEnvironment({
  cloud: "sandbox",
  ${approvals}
  stacks: {
    east: stack<typeof machines>("stacks/machines", { layer: "machines", args: values.east }),
    west: stack<typeof machines>("stacks/machines", { layer: "machines", args: values.west }),
  },
});
`,
});

const rules = "approvals: { min: 1, from: [] },";
const begin = { cidr: "10.1.0.0/16", tier: "small", joinToken: "join-4f1c9a" };
const values = { "environments/dev/values.json": `${JSON.stringify({ east: begin, west: begin }, undefined, 2)}\n` };
const cidr = (of: "east" | "west", to: string): Readonly<Record<string, Change>> => set(of, { cidr: to });

/** What people and trueup do on one forge, with the command line that a pipeline calls. */
class Team {
  readonly home: Home;
  readonly forge: Standin;
  readonly #variables: Readonly<Record<string, string>>;

  private constructor(home: Home, forge: Standin) {
    this.home = home;
    this.forge = forge;
    const { kind, api, repository, credentials } = forge.settings();
    const token = "token" in credentials ? credentials.token.reveal() : "";
    this.#variables = { TRUEUP_FORGE: kind, TRUEUP_FORGE_API: api, TRUEUP_FORGE_REPOSITORY: repository, TRUEUP_FORGE_TOKEN: token };
  }

  /** An environment that is up, and from now on wants one approval. */
  static async meet(name: Standin["name"]): Promise<Team> {
    const forge = await openStandin(name);
    const team = new Team(await newHome({ ...two(""), ...values }, forge.path), forge);
    await team.must("apply", "dev");
    await team.home.land("rules", two(rules));
    await team.must("apply", "dev");
    return team;
  }

  trueup(...args: string[]): Promise<Told> {
    return this.home.run(args, { variables: this.#variables });
  }

  async must(...args: string[]): Promise<void> {
    const { exit, err } = await this.trueup(...args);
    if (exit !== 0) throw new Error(`trueup ${args.join(" ")} ended with ${exit}: ${err}`);
  }

  /** Ann's pull request with one commit. */
  async open(branch: string, files: Readonly<Record<string, Change>>): Promise<number> {
    await this.home.git("checkout", "--quiet", "env/dev");
    await this.home.git("pull", "--quiet", "--ff-only", "origin", "env/dev");
    await this.home.commit(branch, files);
    return this.forge.openPullRequest("ann", { head: branch, base: "env/dev" });
  }

  /** One more commit on it, or another one in its place. */
  async push(branch: string, files: Readonly<Record<string, Change>>, how: "add" | "replace"): Promise<void> {
    if (how === "replace") {
      await this.home.commit(branch, files);
      return;
    }
    await this.home.git("checkout", "--quiet", branch);
    await this.home.write(files);
    await this.home.git("commit", "--quiet", "--all", "-m", "More");
    await this.home.git("push", "--quiet", "origin", branch);
  }

  ours(number: number): readonly string[] {
    return this.forge
      .comments(number)
      .filter(({ author }) => author === this.forge.us)
      .map(({ body }) => body);
  }

  async close(): Promise<void> {
    await this.home.remove();
    await this.forge.close();
  }
}

const dialects = isFull ? (["github", "gitlab"] as const) : (["github"] as const);

describe.skipIf(engine === undefined).each(dialects)("a team on %s", (name) => {
  let team: Team;
  beforeAll(async () => {
    team = await Team.meet(name);
  });
  afterAll(() => team?.close());

  test("a pull request gets one comment and one check; pushed again, the same comment is edited and says what became different", async () => {
    const number = await team.open("wider", cidr("east", "10.2.0.0/16"));
    expect((await team.trueup("preview", "--pr", String(number))).exit).toBe(0);
    expect(team.ours(number)).toEqual([expect.stringContaining("10.2.0.0/16")]);
    const checks = team.forge.statuses(team.forge.head("wider"));
    expect(checks.map((one) => [one.name, one.state])).toEqual([["trueup/preview (dev)", "success"]]);
    await team.push("wider", cidr("east", "10.3.0.0/16"), "add");
    expect((await team.trueup("preview", "--pr", String(number))).exit).toBe(0);
    expect(team.ours(number)).toEqual([expect.stringMatching(/10\.3\.0\.0\/16[^]*Since the previous preview/)]);
    team.forge.closePullRequest(number);
  });

  test("approved by who may, merged and applied: a comment, a status and a deployment say so, and the ledger has it", async () => {
    const number = await team.open("approved", cidr("east", "10.4.0.0/16"));
    await team.trueup("preview", "--pr", String(number));
    team.forge.approve("bob", number);
    const merged = team.forge.merge("bob", number, "merge");
    const { exit, err } = await team.trueup("apply", "--branch", "env/dev");
    expect([exit, err.split("\n").slice(-4)]).toEqual([0, expect.anything()]);
    expect(team.ours(number)).toEqual([expect.stringContaining("trueup:preview"), expect.stringContaining("✅ dev")]);
    expect(team.forge.statuses(merged).map((one) => [one.name, one.state])).toEqual([["trueup/apply (dev)", "success"]]);
    expect(team.forge.deployments()).toContainEqual(expect.objectContaining({ environment: "dev", commit: merged, state: "success" }));
    expect((await sentences(team.home))[0]).toMatch(/applied to east/);
  });

  test("merged without an approval it waits, says what it would do, and goes on when somebody approves that by a comment; its author cannot", async () => {
    const number = await team.open("approved-late", cidr("west", "10.9.0.0/16"));
    await team.trueup("preview", "--pr", String(number));
    team.forge.merge("cyd", number, "merge");
    expect((await team.trueup("apply", "--branch", "env/dev")).exit).toBe(11);
    expect(team.ours(number).at(-1)).toMatch(/0 of 1 approvals[^]*What it would do:[^]*10\.9\.0\.0\/16/);
    const say = async (by: string, text: string): Promise<string | undefined> => {
      await team.must("comment", "--pr", String(number), "--comment", team.forge.comment(by, number, text));
      return team.ours(number).at(-1);
    };
    expect(await say("ann", "/trueup approve")).toMatch(/your own pull request/);
    expect((await team.trueup("apply", "--branch", "env/dev")).exit).toBe(11);
    expect(await say("bob", "/trueup approve")).toMatch(/on record: what run .* would have done is approved/);
    await team.must("apply", "--branch", "env/dev");
    expect((await sentences(team.home))[0]).toMatch(/applied to west.*approved by bob/);
  });

  test("a commit that only takes the rules away waits as well: two pushes may not do what one may not", async () => {
    const before = (await sentences(team.home)).length;
    await team.home.git("fetch", "--quiet", "origin");
    await team.home.git("checkout", "--quiet", "-B", "env/dev", "origin/env/dev");
    const live = await team.home.git("rev-parse", "HEAD");
    await team.home.land("no-rules", two(""));
    const { exit, lines } = await team.trueup("apply", "--branch", "env/dev");
    expect([exit, lines[0]]).toEqual([11, expect.stringMatching(/a change of the rules waits for 1 approval from anybody \(.* came without a pull request\)/)]);
    expect((await sentences(team.home)).length).toBe(before);
    await team.home.git("push", "--quiet", "--force", "origin", `${live}:refs/heads/env/dev`);
    await team.home.git("reset", "--quiet", "--hard", live);
  });

  const unapproved = [
    ["nobody", () => undefined, /0 of 1 approvals/],
    ["its author", (forge: Standin, number: number) => forge.approve("ann", number), /wrote or pushed|0 of 1/],
    ["one who may only read", (forge: Standin, number: number) => forge.approve("dan", number), /0 of 1/],
  ] as const;
  test.each(isFull ? unapproved : unapproved.slice(1, 2))(
    "merged with the approval of %s, it waits: exit 11, and nothing is touched",
    async (who, approve, says) => {
      const number = await team.open(`waits-${who.split(" ").join("-")}`, cidr("west", "10.5.0.0/16"));
      await team.trueup("preview", "--pr", String(number));
      approve(team.forge, number);
      const before = await results(team.home);
      team.forge.merge("cyd", number, "merge");
      const { exit, out, err } = await team.trueup("apply", "--branch", "env/dev");
      expect([exit, `${out}${err}`]).toEqual([11, expect.stringMatching(says)]);
      expect(await results(team.home)).toEqual(before);
      // Taken back, so that the next starts from what is live.
      await team.home.git("fetch", "--quiet", "origin");
      await team.home.git("checkout", "--quiet", "-B", "env/dev", "origin/env/dev");
      await team.home.git("revert", "--no-edit", "-m", "1", "HEAD");
      await team.home.git("push", "--quiet", "origin", "env/dev");
      await team.must("apply", "--branch", "env/dev");
    },
  );

  test("a fork's job that may only read shows its preview all the same, and tells nobody; of one's own branch the missing right is said", async () => {
    await team.home.git("checkout", "--quiet", "env/dev");
    await team.home.git("pull", "--quiet", "--ff-only", "origin", "env/dev");
    await team.home.commit("from-outside", cidr("east", "10.7.0.0/16"));
    const parent = team.forge.head("from-outside");
    const told = await team.home.git("show", "from-outside:environments/dev/values.json");
    team.forge.push("mallory", "theirs", { fork: "mallory", parent, files: { "environments/dev/values.json": `${told}\n` } });
    const fork = team.forge.openPullRequest("mallory", { head: "theirs", base: "env/dev", fork: "mallory" });
    const own = team.forge.openPullRequest("ann", { head: "from-outside", base: "env/dev" });
    team.forge.fault({ match: "write", times: 100, status: 403 });
    const [ofFork, ofOwn] = [await team.trueup("preview", "--pr", String(fork)), await team.trueup("preview", "--pr", String(own))];
    team.forge.clearFaults();
    expect([ofFork.exit, ofFork.out]).toEqual([0, expect.stringContaining("10.7.0.0/16")]);
    expect([ofOwn.exit, ofOwn.lines[0]]).toEqual([3, expect.stringMatching(/^FORGE_REFUSED/)]);
    expect([team.ours(fork), team.ours(own)]).toEqual([[], []]);
    team.forge.closePullRequest(own);
  });

  test("pushed over after its approval, so that something else would happen: exit 12, and it says what moved", async () => {
    const number = await team.open("pushed-over", cidr("west", "10.6.0.0/16"));
    await team.trueup("preview", "--pr", String(number));
    team.forge.approve("bob", number);
    await team.push(
      "pushed-over",
      changed((all) => {
        Object.assign(all["west"] ?? {}, { cidr: "10.6.0.0/16" });
        Object.assign(all["east"] ?? {}, { cidr: "10.6.0.0/16" });
      }),
      "replace",
    );
    await team.trueup("preview", "--pr", String(number));
    team.forge.merge("cyd", number, "merge");
    const { exit, out, err } = await team.trueup("apply", "--branch", "env/dev");
    expect([exit, `${out}${err}`]).toEqual([12, expect.stringMatching(/not what was approved/)]);
  });
});
