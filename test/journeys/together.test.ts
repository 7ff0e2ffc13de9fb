import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { jobVariables } from "../forges/ci-job.ts";
import { engine, isFull, type Told } from "./estate.ts";
import { cloudLines, record, results } from "./evidence.ts";
import { cidr, Team } from "./team.ts";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 300_000 });

const dialects = ["github", "gitlab"] as const;
const rounds = 4;

async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (const ends = performance.now() + 150_000; performance.now() < ends; await sleep(100)) if (await isSo()) return;
  throw new Error(`${what} did not come within 150 s`);
}

/** Who held the lease at each commit of the ledger, oldest first; undefined: nobody. */
async function holders({ home }: Team): Promise<readonly (string | undefined)[]> {
  const commits = (await home.git("--git-dir", home.remote, "rev-list", "--reverse", "refs/heads/trueup/dev")).split("\n");
  const texts = await Promise.all(commits.map((commit) => home.git("--git-dir", home.remote, "show", `${commit}:environment.json`)));
  return texts.map((text) => (JSON.parse(text) as { readonly lease: { readonly run: string } | null }).lease?.run);
}

/** Holders that came while another one held it. */
const intruders = (held: readonly (string | undefined)[]): readonly string[] =>
  held.flatMap((now, index) => {
    const before = held[index - 1];
    return now !== undefined && before !== undefined && now !== before ? [`${before} → ${now}`] : [];
  });

/** An agent that runs until it is told to stop. */
function agent(team: Team, at: Team["home"]): { stop(): Promise<Told> } {
  let pid = 0;
  const run = team.run(["agent", "--env", "dev", "--interval", "5"], { at, onPid: (id) => (pid = id), deadlineMs: 900_000 });
  return {
    stop: () => {
      process.kill(pid, "SIGINT");
      return run;
    },
  };
}

describe.skipIf(engine === undefined || !isFull).each(dialects)("two agents and a CI job on one environment on %s", (name) => {
  let team: Team;
  beforeAll(async () => {
    team = await Team.begin(name);
  });
  afterAll(() => team?.close());

  test("apply every merge once, tell it once, and take turns", async () => {
    const agents = [agent(team, team.home), agent(team, await team.station())];
    const runner = await team.station();
    const since = (await cloudLines(team.home)).length;
    const done: { readonly number: number; readonly merged: string; readonly question: string }[] = [];
    const exits: (number | undefined)[] = [];
    for (let round = 1; round <= rounds; round++) {
      const number = await team.open(`round-${round}`, cidr(round % 2 === 0 ? "east" : "west", `10.${40 + round}.0.0/16`));
      const question = team.forge.comment("bob", number, "/trueup status");
      await until("the preview and the answer", () => team.ours(number).length >= 2);
      const merged = team.forge.merge("bob", number, "merge");
      const job = team.forge.startJob("apply");
      const ended = await team.run(["apply", "--branch", "env/dev", "--wait", "2"], { at: runner, variables: jobVariables(team.forge, job) });
      team.forge.endJob(job, ended.exit === 0 ? "success" : "failure");
      exits.push(ended.exit);
      await until("the end of the apply", async () => {
        const { lease, stacks } = await record(team.home);
        return lease === null && Object.values(stacks).some(({ lastGood }) => lastGood?.commit === merged);
      });
      done.push({ number, merged, question });
    }
    // Long enough for each agent to look again and to do twice what was done.
    await sleep(12_000);
    const ended = await Promise.all(agents.map((one) => one.stop()));
    expect([exits, ended.map(({ exit }) => exit)]).toEqual([exits.map(() => 0), [0, 0]]);
    expect(await results(team.home)).toEqual({ east: "good", west: "good" });
    expect(intruders(await holders(team))).toEqual([]);
    expect(intruders([undefined, "a", "a", "b", undefined])).toEqual(["a → b"]);
    const lines = (await cloudLines(team.home)).slice(since).filter(({ phase, op }) => phase === "commit" && op === "create");
    expect(lines).toHaveLength(rounds);
    for (const { number, merged, question } of done) {
      const bodies = team.ours(number);
      const told = ["trueup:preview", `trueup:reply:${question} `, "trueup:apply:"].map((words) => bodies.filter((body) => body.includes(words)).length);
      expect([number, told, bodies.map((body) => body.slice(0, 300))]).toEqual([number, [1, 1, 1], [expect.anything(), expect.anything(), expect.anything()]]);
      expect(team.forge.statuses(merged)).toMatchObject([{ name: "trueup/apply (dev)", state: "success", copies: 1 }]);
      expect(team.forge.deployments().filter(({ commit }) => commit === merged)).toMatchObject([{ environment: "dev", state: "success" }]);
    }
    const sentences = (await team.home.git("--git-dir", team.home.remote, "log", "--format=%s", "refs/heads/trueup/dev")).split("\n");
    for (const { merged } of done) expect(sentences.filter((line) => line.includes(`${merged.slice(0, 7)} applied to`))).toHaveLength(1);
  });
});
