import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { engine, isFull, newHome, type Home, type Told } from "./estate.ts";
import { cloudLines, sentences } from "./evidence.ts";
import { single } from "./single.ts";
import { Team } from "./team.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

interface Line {
  readonly event: string;
  readonly text: string;
  readonly repository?: string;
  readonly environment?: string;
  readonly code?: string;
}

const linesOf = (log: string): readonly Line[] => log.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Line] : []));
/** What ended and what went wrong: "repository environment CODE". */
const newsOf = (log: string): readonly string[] =>
  linesOf(log).flatMap(({ event, repository, environment, code }) =>
    event === "ended" || event === "trouble" ? [[repository, environment, code ?? "done"].filter((word) => word !== undefined).join(" ")] : [],
  );

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A team with one environment of one stack, not applied yet. `more` are lines of its environment. */
async function found(more?: (folder: string) => string): Promise<Team> {
  const team = await Team.found("github", single(""));
  closing.push(() => team.close());
  const { folder, clone } = team.home;
  if (more !== undefined) await team.home.land("more", single(more(folder)));
  // Backend and cloud are no part of the agent's disk: they are there for whoever comes.
  for (const name of ["state", "cloud"]) await mkdir(join(clone, ".trueup", name), { recursive: true });
  return team;
}

interface Record {
  readonly lease: { readonly run: string } | null;
  readonly stacks: { readonly [name: string]: { readonly result: string } };
}

async function recordOf({ home }: Team): Promise<Record | undefined> {
  return home.git("--git-dir", home.remote, "show", "trueup/dev:environment.json").then(
    (text) => JSON.parse(text) as Record,
    () => undefined,
  );
}

async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let waited = 0; waited < 60_000; waited += 100) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await sleep(100);
  }
  throw new Error(`waited in vain: ${what}`);
}

/** An agent that runs until it is killed or told to stop. */
function running(team: Team, at: Home = team.home): { readonly ended: Promise<Told>; log(): string; pid(): number } {
  let [log, pid] = ["", 0];
  const ended = team.run(["agent", "--env", "dev", "--interval", "5"], { at, onErr: (text) => void (log += text), onPid: (given) => void (pid = given) });
  return { ended, log: () => log, pid: () => pid };
}

const created = async ({ home }: Team): Promise<number> => (await cloudLines(home)).filter(({ op, phase }) => op === "create" && phase === "commit").length;

describe.skipIf(engine === undefined)("agents", () => {
  test("one looks after several repositories: what is wrong with some is said once, and the others are applied", async () => {
    const home = await newHome(single(""));
    closing.push(() => home.remove());
    const { folder } = home;
    await home.git("init", "--quiet", "--bare", join(folder, "empty.git"));
    await home.commit("env/broken", { "environments/broken/environment.ts": "export default 7;\n" });
    const settings = {
      repositories: [
        { name: "unknown", at: join(folder, "nowhere.git"), environments: ["dev"] },
        { name: "empty", at: join(folder, "empty.git"), environments: ["dev"] },
        { name: "estate", at: home.clone, environments: ["broken", "dev"] },
        { name: "tokenless", at: "https://127.0.0.1:9/estate.git", environments: ["dev"], git: { token: { env: "NO_SUCH_VARIABLE" } } },
      ],
    };
    const file = join(folder, "agent.json");
    await writeFile(file, JSON.stringify(settings));
    const { exit, err } = await home.run(["agent", "--config", file, "--data", join(folder, "data"), "--once"]);
    expect([exit, [...newsOf(err)].sort()]).toEqual([
      0,
      ["empty dev BRANCH_MISSING", "estate broken ENVIRONMENT_INVALID", "estate dev done", "tokenless CONFIG_INVALID", "unknown REMOTE_UNREACHABLE"],
    ]);
    expect((await sentences(home))[0]).toMatch(/applied to machines/);
  });

  test.skipIf(!isFull)(
    "one that is killed while it holds the lease is gone on from by one with an empty disk, once a person says that it is dead",
    async () => {
      const team = await found((folder) => `hooks: { preApply: { run: ["sh", "-c", "test ! -e ${folder}/wait || sleep 15"] } },`);
      await writeFile(join(team.home.folder, "wait"), "");
      const first = running(team);
      const { run } = await until("a lease", async () => (await recordOf(team))?.lease ?? undefined);
      await sleep(2_000);
      process.kill(first.pid(), "SIGKILL");
      await first.ended;
      await rm(join(team.home.folder, "wait"));
      const station = await team.station();
      const look = async (): Promise<readonly string[]> => newsOf((await team.run(["agent", "--env", "dev", "--once"], { at: station })).err);
      expect(await look()).toEqual(["clone dev LEASE_HELD"]);
      await team.run(["run", "cancel", run, "--env", "dev"], { at: station });
      expect(await look()).toEqual(["clone dev done"]);
      expect(await look()).toEqual([]);
      const record = await recordOf(team);
      expect([record?.lease, record?.stacks["machines"]?.result, await created(team)]).toEqual([null, "good", 1]);
    },
  );

  test.skipIf(!isFull)("one that is told to stop ends what it applies cleanly and gives the lease back; the next goes on", async () => {
    const team = await found();
    await team.must("cloud", "fault", "add", "latency", "--op", "create", "--latency", "3000");
    const agent = running(team);
    await until("an apply", () => (agent.log().includes("machines applying") ? true : undefined));
    process.kill(agent.pid(), "SIGTERM");
    const { exit } = await agent.ended;
    const events = linesOf(agent.log()).map(({ event }) => event);
    expect([exit, events.at(-1), events.includes("stopping"), (await recordOf(team))?.lease]).toEqual([0, "stopped", true, null]);
    await team.must("cloud", "fault", "clear");
    const next = newsOf((await team.trueup("agent", "--env", "dev", "--once")).err);
    const record = await recordOf(team);
    expect([next, record?.stacks["machines"]?.result, await created(team)]).toEqual([["clone dev done"], "good", 1]);
  });
});
