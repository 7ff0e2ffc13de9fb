import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Standin } from "../../src/satellites/forge-standin/index.ts";
import { agentStory } from "./agent-story.ts";
import { engine, isFull, values as changed } from "./estate.ts";
import { record, results, sentences } from "./evidence.ts";
import { cidr, Team, two } from "./team.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** The network of one of two stacks that are alike. */
const east = ({ home }: Team): string => home.cloud.list().find(({ createdBy }) => createdBy.includes("dev.east::"))?.id ?? "";

const dialects = isFull ? (["github", "gitlab"] as const) : (["github"] as const);

describe.skipIf(engine === undefined).each(dialects)("a team on %s", (name) => {
  let team: Team;
  beforeAll(async () => {
    team = await Team.meet(name);
    team.forge.allowAsTheHostDoes();
  });
  afterAll(() => team?.close());

  test("a change's whole life: told in one comment that is edited, approved, merged, applied and told", async () => {
    const number = await team.open("wider", cidr("east", "10.2.0.0/16"));
    expect((await team.trueup("preview", "--pr", String(number))).exit).toBe(0);
    expect(team.ours(number)).toEqual([expect.stringContaining("10.2.0.0/16")]);
    const checks = team.forge.statuses(team.forge.head("wider"));
    expect(checks.map((one) => [one.name, one.state])).toEqual([["trueup/preview (dev)", "success"]]);
    await team.push("wider", cidr("east", "10.3.0.0/16"), "add");
    await team.must("comment", "--pr", String(number), "--comment", team.forge.comment("bob", number, "/trueup preview"));
    expect(team.ours(number).toSorted()).toEqual([
      expect.stringMatching(/^<!-- trueup:preview[^]*10\.3\.0\.0\/16[^]*Since the previous preview/),
      expect.stringMatching(/^<!-- trueup:reply[^]*✅ `\/trueup preview`/),
    ]);
    team.forge.approve("bob", number);
    const merged = team.forge.merge("bob", number, "merge");
    const { exit, err } = await team.trueup("apply", "--branch", "env/dev");
    expect([exit, err.split("\n").slice(-4)]).toEqual([0, expect.anything()]);
    expect(team.ours(number).filter((body) => !body.includes("trueup:reply"))).toEqual([
      expect.stringContaining("trueup:preview"),
      expect.stringContaining("✅ dev"),
    ]);
    expect(team.forge.statuses(merged).map((one) => [one.name, one.state])).toEqual([["trueup/apply (dev)", "success"]]);
    expect(team.forge.deployments()).toContainEqual(expect.objectContaining({ environment: "dev", commit: merged, state: "success" }));
    expect((await sentences(team.home))[0]).toMatch(/applied to east.*approved by bob/);
    // Four entries of the ledger, the last one when the forge was told.
    const entries = (await team.home.git("--git-dir", team.home.remote, "log", "-4", "--format=%s", "refs/heads/trueup/dev")).split("\n");
    expect(entries.map((line) => /the forge was told of|applied to|applying|takes the lease/.exec(line)?.[0])).toEqual([
      "the forge was told of",
      "applied to",
      "applying",
      "takes the lease",
    ]);
    // Nothing went around the host: each entry of the ledger was pushed to it by us, each branch of hers by Ann.
    const pushedBy = (who: string, branch: string): number =>
      team.forge.events.filter(({ by, did, on }) => by === who && did === "git.push" && on === branch).length;
    const written = await team.home.git("--git-dir", team.home.remote, "rev-list", "--count", "refs/heads/trueup/dev");
    expect([pushedBy(team.forge.us, "trueup/dev"), pushedBy("ann", "wider")]).toEqual([Number(written), 2]);
  });

  agentStory(() => team);

  // The slice has it in notices.test.ts, and by schedule in schedule.ts.
  test.skipIf(!isFull)("what drifts after it is found by schedule, and put right", async () => {
    const vpc = east(team);
    team.home.cloud.set(vpc, "tags.owner", "somebody");
    const found = await team.trueup("drift", "--scheduled");
    expect([found.exit, found.out]).toEqual([7, expect.stringMatching(/east[^]*tags\.owner[^]*somebody/)]);
    expect((await sentences(team.home))[0]).toBe("dev: drift found in east (1 resource)");
    await team.must("drift", "dev", "--fix");
    expect(team.home.cloud.show(vpc).properties["tags"]).toMatchObject({ owner: "platform" });
    expect((await team.trueup("drift", "--scheduled")).exit).toBe(0);
  });

  test.skipIf(!isFull)(
    "an approval outlives what others merge after it: of two approved changes each is applied as approved, in one apply or in two",
    async () => {
      const bring = async (branch: string, files: Parameters<Team["open"]>[1]): Promise<number> => {
        const number = await team.open(branch, files);
        await team.trueup("preview", "--pr", String(number));
        team.forge.approve("bob", number);
        return number;
      };
      const first = await bring("first", cidr("east", "10.30.0.0/16"));
      const other = await bring("other", cidr("west", "10.31.0.0/16"));
      team.forge.merge("cyd", other, "merge");
      await team.must("apply", "--branch", "env/dev");
      expect((await sentences(team.home))[0]).toMatch(/applied to west.*approved by bob/);
      team.forge.merge("cyd", first, "merge");
      await team.must("apply", "--branch", "env/dev");
      expect((await sentences(team.home))[0]).toMatch(/applied to east.*approved by bob/);
      const [third, fourth] = [await bring("third", cidr("east", "10.32.0.0/16")), await bring("fourth", cidr("west", "10.33.0.0/16"))];
      for (const number of [fourth, third]) team.forge.merge("cyd", number, "squash");
      await team.must("apply", "--branch", "env/dev");
      expect((await sentences(team.home))[0]).toMatch(/applied to east, west.*approved by bob/);
    },
  );

  test.skipIf(!isFull)(
    "what is pushed to the branch without a pull request waits for approvals like everything else; the commit itself says so, as nobody else can be told",
    async () => {
      await team.home.git("fetch", "--quiet", "origin");
      await team.home.git("checkout", "--quiet", "-B", "env/dev", "origin/env/dev");
      const live = await team.home.git("rev-parse", "HEAD");
      const before = await results(team.home);
      const direct = await team.home.land("direct", cidr("east", "10.34.0.0/16"));
      const { exit, lines } = await team.trueup("apply", "--branch", "env/dev");
      expect([exit, lines[0]]).toEqual([11, expect.stringMatching(/0 of 1 approvals.*without a pull request/)]);
      const [status] = team.forge.statuses(direct);
      expect(status).toMatchObject({ name: "trueup/apply (dev)", state: "waiting", title: expect.stringContaining("0 of 1 approvals") });
      expect([(await sentences(team.home))[0], await results(team.home)]).toEqual([expect.stringMatching(/refused.*without a pull request/), before]);
      await team.home.git("push", "--quiet", "--force", "origin", `${live}:refs/heads/env/dev`);
      await team.home.git("reset", "--quiet", "--hard", live);
      await team.must("apply", "--branch", "env/dev");
    },
  );

  test.skipIf(!isFull)(
    "merged without an approval it waits, says what it would do, and goes on when somebody approves that by a comment; its author cannot",
    async () => {
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
    },
  );

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

  test.skipIf(!isFull)("so does one that a job meets after it waited for its turn, though no stack is left to apply", async () => {
    const number = await team.open("slow", cidr("east", "10.35.0.0/16"));
    await team.trueup("preview", "--pr", String(number));
    team.forge.approve("bob", number);
    const merged = team.forge.merge("bob", number, "merge");
    team.home.cloud.fault.add({ kind: "latency", latencyMs: 6_000, op: "create" });
    const first = team.trueup("apply", "--branch", "env/dev");
    while ((await record(team.home)).lease === null) await sleep(50);
    const waits = Promise.withResolvers<void>();
    const onErr = (text: string): void => void (text.includes("waiting at most") && waits.resolve());
    const second = team.run(["apply", "--branch", "env/dev", "--wait", "2"], { at: await team.station(), onErr });
    await waits.promise;
    await team.home.git("fetch", "--quiet", "origin");
    await team.home.git("checkout", "--quiet", "-B", "env/dev", "origin/env/dev");
    await team.home.land("no-rules-now", two(""));
    const ends = [await first, await second];
    team.home.cloud.fault.clear();
    expect(ends.map(({ exit, lines }) => [exit, lines[0]])).toEqual([
      [0, expect.anything()],
      [11, expect.stringMatching(/a change of the rules waits for 1 approval/)],
    ]);
    const { branch, lease } = await record(team.home);
    expect([branch, lease]).toEqual([expect.objectContaining({ head: merged }), null]);
    expect(team.ours(number).filter((body) => body.includes("trueup:apply:"))).toHaveLength(1);
    await team.home.git("push", "--quiet", "--force", "origin", `${merged}:refs/heads/env/dev`);
    await team.home.git("reset", "--quiet", "--hard", merged);
  });

  const unapproved = [
    ["nobody", () => undefined, /0 of 1 approvals/],
    ["its author", (forge: Standin, number: number) => forge.approve("ann", number), /wrote or pushed|0 of 1/],
    ["one who may only read", (forge: Standin, number: number) => forge.approve("dan", number), /0 of 1/],
  ] as const;
  /** So that the next starts from what is live. */
  async function takeBack(): Promise<void> {
    await team.home.git("fetch", "--quiet", "origin");
    await team.home.git("checkout", "--quiet", "-B", "env/dev", "origin/env/dev");
    await team.home.git("revert", "--no-edit", "-m", "1", "HEAD");
    await team.home.git("push", "--quiet", "origin", "env/dev");
    await team.must("apply", "--branch", "env/dev");
  }

  test.skipIf(!isFull).each(unapproved)("merged with the approval of %s, it waits: exit 11, and nothing is touched", async (who, approve, says) => {
    const number = await team.open(`waits-${who.split(" ").join("-")}`, cidr("west", "10.5.0.0/16"));
    await team.trueup("preview", "--pr", String(number));
    approve(team.forge, number);
    const before = await results(team.home);
    team.forge.merge("cyd", number, "merge");
    const { exit, out, err } = await team.trueup("apply", "--branch", "env/dev");
    expect([exit, `${out}${err}`]).toEqual([11, expect.stringMatching(says)]);
    expect(await results(team.home)).toEqual(before);
    await takeBack();
  });

  test.skipIf(!isFull)("approved by the one who pushed its last commit, written as its author: exit 11, and nothing is touched", async () => {
    const number = await team.open("written-as-ann", cidr("west", "10.41.0.0/16"));
    team.forge.push("bob", "written-as-ann", { as: "ann", files: { "README.md": "more\n" } });
    await team.trueup("preview", "--pr", String(number));
    team.forge.approve("bob", number);
    const before = await results(team.home);
    team.forge.merge("cyd", number, "merge");
    const { exit, out, err } = await team.trueup("apply", "--branch", "env/dev");
    expect([exit, `${out}${err}`]).toEqual([11, expect.stringMatching(/approval of @bob does not count: they wrote or pushed/)]);
    expect(await results(team.home)).toEqual(before);
    await takeBack();
  });

  test.skipIf(!isFull)("merged while the host does not show who pushed: exit 11, and it says what to do; shown again, it goes on", async () => {
    const number = await team.open("hidden", cidr("west", "10.42.0.0/16"));
    await team.trueup("preview", "--pr", String(number));
    team.forge.approve("bob", number);
    team.forge.merge("cyd", number, "merge");
    team.forge.fault({ match: /\/(activity|events)\?/, times: 100, status: 403 });
    const { exit, out, err } = await team.trueup("apply", "--branch", "env/dev");
    team.forge.clearFaults();
    expect([exit, `${out}${err}`]).toEqual([11, expect.stringMatching(/cannot be known who pushed #\d+.*approvals\.from.*new branch/)]);
    expect(team.ours(number).at(-1)).toMatch(/cannot be known who pushed/);
    await team.must("apply", "--branch", "env/dev");
  });

  test.skipIf(!isFull)(
    "a fork's job that may only read shows its preview all the same, and tells nobody; of one's own branch the missing right is said",
    async () => {
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
      // Somebody whose token may write previews it: the comment says what it was not given, and what can be done.
      expect((await team.trueup("preview", "--pr", String(fork))).exit).toBe(0);
      expect(team.ours(fork)).toEqual([
        expect.stringMatching(
          /Code of a fork: previewed without credentials.* every secret withheld.* somebody who may write .* into a branch of this repository\./,
        ),
      ]);
    },
  );

  test.skipIf(!isFull)(
    "a push while it is previewed: the older head's check says that it is superseded, and the comment is left to the newer head",
    async () => {
      const number = await team.open("outrun", cidr("west", "10.40.0.0/16"));
      const older = team.forge.head("outrun");
      const preview = team.trueup("preview", "--pr", String(number));
      while (team.forge.statuses(older).length === 0) await sleep(50);
      const newer = team.forge.push("ann", "outrun", { files: { "README.md": "more\n" } });
      expect((await preview).exit).toBe(0);
      expect(team.ours(number)).toEqual([]);
      expect(team.forge.statuses(older)).toMatchObject([{ name: "trueup/preview (dev)", state: "success", title: expect.stringContaining("superseded") }]);
      expect((await team.trueup("preview", "--pr", String(number))).exit).toBe(0);
      expect(team.ours(number)).toEqual([expect.stringContaining(`Preview of ${newer.slice(0, 7)}`)]);
      team.forge.closePullRequest(number);
    },
  );

  test.skipIf(!isFull)("pushed over after its approval, so that something else would happen: exit 12, and it says what moved", async () => {
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
