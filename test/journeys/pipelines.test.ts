import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ciHostOf, type CiHost } from "../ci/host.ts";
import { publish, type JobRun } from "../ci/published.ts";
import { engine, isFull } from "./estate.ts";
import { results, sentences } from "./evidence.ts";
import { cidr, Team, two } from "./team.ts";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 600_000 });

const source = "https://github.example/acme/trueup";

describe.skipIf(engine === undefined || !isFull).each(["github", "gitlab"] as const)(
  "the pipelines that init writes for %s, run as they are written",
  (name) => {
    const folder = mkdtempSync(join(tmpdir(), "trueup-ci-"));
    let team: Team;
    let ci: CiHost;
    /** The jobs that ran, each with how it ended; where nobody expects that, with what it printed. */
    const ended = (runs: readonly JobRun[]): readonly string[] =>
      runs.map(({ name: job, exit, out, err }) => `${job.replace("trueup-", "")}: ${exit}${exit === 0 || exit === 7 ? "" : `\n${out}\n${err}`}`);

    beforeAll(async () => {
      team = await Team.found(name);
      const { home, forge } = team;
      const lent = Object.fromEntries([".trueup/state", ".trueup/cloud"].map((path) => [path, join(home.clone, path)]));
      const trueup = publish(join(folder, "trueup"), lent);
      const { exit, err } = await home.run(["init", "--ci", name, "--trueup", `${source}@${trueup.commit}`]);
      if (exit !== 0) throw new Error(err);
      await home.git("add", "--all");
      await home.git("commit", "--quiet", "-m", "Pipelines");
      await home.git("push", "--quiet", "origin", "env/dev", "env/dev:main");
      // As docs/ci.md asks for: only the account that applies pushes the ledger.
      forge.protect("trueup/dev", { mayPush: [forge.us] });
      ci = ciHostOf({ forge, clone: home.clone, trueup, source, secrets: {} });
    });
    afterAll(async () => {
      await team?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    test("a push to the environment's branch applies it", async () => {
      const runs = await ci.pushed("env/dev");
      expect(ended(runs)).toEqual(["apply: 0"]);
      expect(await results(team.home)).toEqual({ east: "good", west: "good" });
      expect(team.forge.deployments()).toContainEqual({ environment: "dev", commit: team.forge.head("env/dev"), state: "success" });
    });

    test("a pull request is previewed with comment and check, and nothing is applied; merged it is live", async () => {
      const number = await team.open("wider", cidr("east", "10.2.0.0/16"));
      const before = await sentences(team.home);
      const runs = await ci.opened(number);
      expect(ended(runs)).toEqual(["preview: 0"]);
      expect(team.forge.comments(number).map(({ body }) => body)).toEqual([expect.stringContaining("10.2.0.0/16")]);
      expect(team.forge.statuses(team.forge.head("wider"))).toContainEqual(expect.objectContaining({ name: "trueup/preview (dev)", state: "success" }));
      expect(await sentences(team.home)).toEqual(before);
      team.forge.merge("bob", number, "merge");
      const applied = await ci.pushed("env/dev");
      expect(ended(applied)).toEqual(["apply: 0"]);
      expect((await sentences(team.home))[0]).toMatch(/applied to east/);
    });

    test("an approval of what the preview job told counts in the apply job, whatever tokens the two hold", async () => {
      await team.home.git("checkout", "--quiet", "env/dev");
      await team.home.git("pull", "--quiet", "--ff-only", "origin", "env/dev");
      await team.home.land("rules", two("approvals: { min: 1, from: [] },"));
      expect(ended(await ci.pushed("env/dev"))).toEqual(["apply: 0"]);
      const number = await team.open("approved", cidr("west", "10.4.0.0/16"));
      expect(ended(await ci.opened(number))).toEqual(["preview: 0"]);
      const said = await ci.commented(number, team.forge.comment("bob", number, "/trueup approve"));
      expect(said.filter(({ exit }) => exit !== 0)).toEqual([]);
      expect(team.ours(number).filter((body) => body.includes("trueup:reply"))).toEqual([expect.stringContaining("on record: what the preview of")]);
      team.forge.merge("cyd", number, "merge");
      expect(ended(await ci.pushed("env/dev"))).toEqual(["apply: 0"]);
      expect((await sentences(team.home))[0]).toMatch(/applied to west.*approved by bob/);
    });

    test("the schedule finds drift, ends its job with it, and keeps the issue", async () => {
      const network = team.home.cloud.list().find(({ createdBy }) => createdBy.includes("dev.east::"))?.id ?? "";
      team.home.cloud.set(network, "tags.owner", "mallory");
      const runs = await ci.scheduled();
      expect(ended(runs)).toEqual(["drift: 7"]);
      expect(team.forge.issues().map(({ state, title }) => `${state}: ${title}`)).toEqual(["open: Drift: 1 finding in dev"]);
    });

    test("a comment is answered by the job of its kind, and by no other", async () => {
      const number = await team.open("talk", cidr("west", "10.3.0.0/16"));
      const commented = async (body: string): Promise<readonly JobRun[]> => ci.commented(number, team.forge.comment("bob", number, body));
      const preview = await commented("please\n/trueup preview");
      const lock = await commented('/trueup lock "until noon"');
      const words = await commented("just words; $(touch pwned)");
      const ran = (runs: readonly JobRun[]): readonly string[] => ended(runs.filter(({ out }) => out.includes("answered at")));
      expect([ran(preview), ran(lock), ran(words)]).toEqual([["comment-preview: 0"], ["comment: 0"], []]);
      expect([...preview, ...lock, ...words].filter(({ exit }) => exit !== 0)).toEqual([]);
      expect(team.forge.comments(number).map(({ body }) => body)).toContainEqual(expect.stringContaining("10.3.0.0/16"));
      expect((await sentences(team.home))[0]).toBe("dev: @bob locks all stacks: until noon");
    });
  },
);
