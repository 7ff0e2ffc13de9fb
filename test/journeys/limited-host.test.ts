import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { engine, isFull } from "./estate.ts";
import { record, results, sentences } from "./evidence.ts";
import { cidr, Team } from "./team.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 100_000 });

/** Longer than a run goes on trying to give its lease back to a remote that is merely away. */
const outageMs = 20_000;

/** Pushes by git alone, with what the host answered to each. */
const pushes = ({ forge }: Team): readonly (number | string)[] =>
  forge.requests.filter(({ purpose, method }) => purpose === "git.push" && method === "POST").map(({ status }) => status);

async function merged(team: Team, branch: string, network: string): Promise<number> {
  const number = await team.open(branch, cidr("east", network));
  await team.must("preview", "--pr", String(number));
  team.forge.merge("bob", number, "merge");
  return number;
}

/** The host answers every push with `status` for so long, beginning with the first that comes. */
async function refusePushes({ forge }: Team, status: number): Promise<void> {
  const from = forge.requests.length;
  forge.fault({ match: "git.push", status, times: 10_000 });
  while (!forge.requests.slice(from).some((one) => one.purpose === "git.push" && one.status === status)) await sleep(50);
  await sleep(outageMs);
  forge.clearFaults();
}

/** As many pushes with the token of trueup as there is room for in this minute; the host's answer to the one that was too many. */
async function spendAll({ forge, home, variables }: Team): Promise<string> {
  const url = new URL(forge.gitUrl);
  url.username = "beside";
  url.password = variables["TRUEUP_GIT_TOKEN"] ?? "";
  for (const name of ["a", "b", "c", "d", "e", "f", "g"]) {
    const said = await home.git("push", "--quiet", url.toString(), `HEAD:refs/heads/beside-${name}`).catch(String);
    if (said !== "") return said;
  }
  return "";
}

describe.skipIf(engine === undefined || !isFull)("a host that asks to come later with pushes", () => {
  let team: Team;
  afterEach(() => team?.close());

  test.each(["github", "gitlab"] as const)(
    "keeps no apply from its lease or from its end: it waits, the end is recorded and told, the lease is free (%s)",
    async (name) => {
      team = await Team.begin(name);
      team.forge.allowAsTheHostDoes();
      const number = await merged(team, "wider", "10.2.0.0/16");
      const outages = [refusePushes(team, 503)];
      team.home.cloud.fault.add({ kind: "latency", latencyMs: 3_000, op: "update" });
      const onErr = (text: string): void => {
        if (outages.length === 1 && /applying/.test(text)) outages.push(refusePushes(team, 429));
      };
      const { exit, err } = await team.run(["apply", "--branch", "env/dev"], { onErr });
      await Promise.all(outages);
      expect([exit, outages.length, err.split("\n").slice(-4)]).toEqual([0, 2, expect.anything()]);
      expect((await record(team.home)).lease).toBeNull();
      expect([(await sentences(team.home))[0], await results(team.home)]).toEqual([expect.stringMatching(/applied to east/), { east: "good", west: "good" }]);
      expect(team.ours(number).at(-1)).toContain("✅ dev");
    },
  );

  test("by the minute, as GitHub recommends: after a job beside it spent them all, an apply waits for the next one", async () => {
    team = await Team.begin("github");
    await merged(team, "wider", "10.3.0.0/16");
    team.forge.allowAsTheHostDoes({ insists: true });
    expect(await spendAll(team)).toContain("429");
    const { exit, err } = await team.trueup("apply", "--branch", "env/dev");
    expect([exit, err.split("\n").slice(-4)]).toEqual([0, expect.anything()]);
    expect([(await record(team.home)).lease, pushes(team).filter((status) => status === 429).length > 1]).toEqual([null, true]);
    expect((await sentences(team.home))[0]).toMatch(/applied to east/);
  });
});
