import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import type { JobName } from "../../src/satellites/forge-standin/index.ts";
import { jobVariables } from "../forges/ci-job.ts";
import { engine, isFull, type Home, type RunOptions, type Told } from "./estate.ts";
import { cloudLines, record, results, sentences, stateOf } from "./evidence.ts";
import { attemptsAt, drawn, questions, type Moment, type Seen } from "./moments.ts";
import { cidr, Team } from "./team.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 300_000 });

const here = thisMachine();
const seed = Number(here.variable("TRUEUP_SEED") ?? "20261121");
/** In full 200: 100 of an agent at a pull request's life (it previews, answers, applies), 33 of one that looks for drift, 67 of CI jobs. In the slice one job and one agent. */
const count = Number(here.variable("TRUEUP_MOMENTS") ?? (isFull ? "200" : "2"));
const dialects = isFull ? (["github", "gitlab"] as const) : (["github"] as const);

/** A job's own machine: with its first process everything in it ends, and a process number outside of it says nothing of it. */
const machine = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "--kill-child"] as const;
const isolated = await runChild([...machine, "true"], { cwd: here.tmp, env: { PATH: here.path }, deadlineMs: 10_000 });
const by = isolated.exitCode === 0 ? machine : undefined;
/** What the hosts say of a machine that was made for one job: a lock that was left on it is nobody's any more. */
const disposable: Readonly<Record<string, string>> = by === undefined ? {} : { RUNNER_ENVIRONMENT: "github-hosted", CI_DISPOSABLE_ENVIRONMENT: "true" };

interface Met {
  readonly team: Team;
  /** Open, not previewed yet, with a question of Bob's. */
  readonly open: number;
  /** Merged, not applied yet. */
  readonly merged: number;
}

/** A world in which there is something to do for everybody. */
async function met(world: Team, question: string = questions[0]): Promise<Met> {
  const team = await world.copy();
  const merged = team.forge.openPullRequest("ann", { head: "wider-east", base: "env/dev" });
  const open = team.forge.openPullRequest("ann", { head: "wider-west", base: "env/dev" });
  team.forge.merge("bob", merged, "merge");
  team.forge.comment("bob", question === "/trueup apply" ? merged : open, question);
  return { team, open, merged };
}

const declaredWith = (rule: string) => (text: string) =>
  text.replaceAll(/args: values\.(\w+) \}/g, (_, name: string) => `args: values.${name}, ${rule.replace("MODE", name === "east" ? "fix" : "detect")} }`);

/** From now on both stacks are looked at each minute: what drifts in one is put back, what drifts in the other is told. */
async function watchedBy(world: Team): Promise<Team> {
  const team = await world.copy();
  await team.home.land("watched", { "environments/dev/environment.ts": declaredWith('drift: { mode: "MODE", schedule: "* * * * *" }') });
  await team.must("apply", "dev");
  return team;
}

const networkOf = ({ home }: Team, stack: string): string => home.cloud.list().find(({ createdBy }) => createdBy.includes(`dev.${stack}::`))?.id ?? "";
const ownerOf = (team: Team, stack: string): unknown => (team.home.cloud.show(networkOf(team, stack)).properties["tags"] as { readonly owner?: string }).owner;

/** Somebody has changed both stacks by hand. */
async function drifted(watched: Team): Promise<Met> {
  const team = await watched.copy();
  for (const stack of ["east", "west"]) team.home.cloud.set(networkOf(team, stack), "tags.owner", "somebody");
  return { team, open: 0, merged: 0 };
}

interface Worker {
  readonly at: Home;
  readonly job: JobName | undefined;
  readonly args: readonly string[];
}

/** A job has a clone of its own; an agent that is started again finds its own. */
async function worker({ team, open }: Met, { victim }: Pick<Moment, "victim">): Promise<Worker> {
  if (victim === "agent" || victim === "sweep") return { at: team.home, job: undefined, args: ["agent", "--env", "dev", "--once"] };
  const args = victim === "apply" ? ["apply", "--branch", "env/dev"] : ["preview", "--pr", String(open)];
  return { at: await team.station(), job: team.forge.startJob("apply"), args };
}

function started({ team }: Met, { at, job, args }: Worker, more: RunOptions = {}): Promise<Told> {
  const variables = job === undefined ? team.variables : { ...jobVariables(team.forge, job), ...disposable };
  return team.run(args, { at, variables, ...(job === undefined || by === undefined ? {} : { by }), ...more });
}

/** Kills who is at work at its moment, as a crash does: without a word. Whether it was still at work. */
async function killed(one: Met, who: Worker, { cue, afterMs }: Moment): Promise<boolean> {
  const { forge } = one.team;
  const from = forge.requests.length;
  const now = { said: "", head: forge.head("trueup/dev"), moves: 0, isOver: false };
  const pid = Promise.withResolvers<number>();
  const run = started(one, who, { onPid: pid.resolve, onErr: (text) => (now.said += text) }).finally(() => (now.isOver = true));
  const seen = (): Seen => ({ said: now.said, asked: forge.requests.slice(from), moves: now.moves });
  while (!now.isOver && !cue.has(seen())) {
    await sleep(5);
    const head = forge.head("trueup/dev");
    if (head !== now.head) now.moves += 1;
    now.head = head;
  }
  if (!now.isOver) await sleep(afterMs);
  const wasAtWork = !now.isOver;
  if (wasAtWork) process.kill(await pid.promise, "SIGKILL");
  await run;
  if (who.job !== undefined) forge.endJob(who.job, wasAtWork ? "cancelled" : "success");
  return wasAtWork;
}

const pendingIn = async (home: Home): Promise<number> => ((await stateOf(home, "dev.east"))?.pending ?? 0) + ((await stateOf(home, "dev.west"))?.pending ?? 0);

const ways = ["went on", "recovered what never ended and went on"] as const;

/** The next of the kind does the rest, by itself. What it said, and which way it went. */
async function finished(one: Met, moment: Moment): Promise<{ readonly way: (typeof ways)[number]; readonly said: string }> {
  const pending = await pendingIn(one.team.home);
  // One that finds a lease without a holder gives it back, and looks for drift in its next look.
  if (moment.victim === "sweep") await started(one, await worker(one, moment));
  const next = await worker(one, moment);
  const { exit, err } = await started(one, next);
  if (next.job !== undefined) one.team.forge.endJob(next.job);
  if (exit !== 0) throw new Error(`the next one ended with ${exit}: ${err}`);
  return { way: pending === 0 ? ways[0] : ways[1], said: err };
}

/** Objects that live, and how often each was made since. */
async function made(home: Home, since: number): Promise<{ readonly living: readonly number[]; readonly created: readonly number[] }> {
  const living: Record<string, number> = {};
  const created: Record<string, number> = {};
  for (const [index, { urn, op, phase }] of (await cloudLines(home)).entries()) {
    if (phase !== "commit") continue;
    living[urn] = (living[urn] ?? 0) + (op === "create" ? 1 : op === "delete" ? -1 : 0);
    if (op === "create" && index >= since) created[urn] = (created[urn] ?? 0) + 1;
  }
  return { living: Object.values(living), created: Object.values(created) };
}

/** What was told twice, and what is still said to be running. */
function toldAmiss({ team, open, merged }: Met): readonly unknown[] {
  if (open === 0) return [];
  const twice = [open, merged].flatMap((number) => {
    const markers = team.ours(number).map((body) => body.split("\n")[0]);
    return markers.filter((marker, index) => markers.indexOf(marker) !== index);
  });
  const statuses = [team.forge.head("wider-west"), team.forge.head("env/dev")].flatMap((commit) => team.forge.statuses(commit));
  return [...twice, ...statuses.filter(({ state, copies }) => state !== "success" || copies > 1)];
}

function expectPreviewed({ team, open }: Met): void {
  expect(team.ours(open).filter((body) => body.includes("trueup:preview"))).toEqual([expect.stringContaining("10.8.0.0/16")]);
  expect(team.forge.statuses(team.forge.head("wider-west"))).toMatchObject([{ name: "trueup/preview (dev)", state: "success" }]);
}

async function expectApplied({ team }: Met, since: number): Promise<void> {
  const { lease, stacks } = await record(team.home);
  expect([lease, await results(team.home)]).toEqual([null, { east: "good", west: "good" }]);
  expect(stacks["east"]?.lastGood?.commit).toBe(team.forge.head("env/dev"));
  const { living, created } = await made(team.home, since);
  expect(living).toEqual([1, 1]);
  expect(created.filter((times) => times > 1)).toEqual([]);
  const networks = team.home.cloud.list().filter(({ createdBy }) => createdBy.includes("::main"));
  expect(networks.map(({ properties }) => properties["cidrBlock"] as string).toSorted()).toEqual(["10.1.0.0/16", "10.7.0.0/16"]);
}

const subjects = async ({ team: { home } }: Met, count: number): Promise<readonly string[]> =>
  (await home.git("--git-dir", home.remote, "log", `-${count}`, "--format=%s", "refs/heads/trueup/dev")).split("\n");

const leftToTell = async ({ team: { home } }: Met): Promise<unknown> => ((await record(home)) as Readonly<Record<string, unknown>>)["untold"];

/** What the forge is asked for when the runner dies; its last record is in the ledger by then. Whether the comment had arrived. */
const tellings = [
  ["comment.create", false],
  ["status.write", true],
] as const;

/** Whether the pull request was told how its apply ended. Else that is noted: an agent leaves it to its runner for a minute. */
async function isTold(one: Met): Promise<boolean> {
  const isThere = one.team.ours(one.merged).some((body) => body.includes("✅ dev"));
  if (!isThere && !JSON.stringify(await leftToTell(one)).includes('"apply"')) throw new Error("how the apply ended was neither told nor noted");
  return isThere;
}

/** Kills an apply while it tells how it ended, at a question that is never answered. */
async function killedTelling(one: Met, at: (typeof tellings)[number][0]): Promise<void> {
  const { forge } = one.team;
  const from = forge.requests.length;
  forge.fault({ match: at, drop: "before", times: 1_000 });
  const who = await worker(one, { victim: "apply" });
  const pid = Promise.withResolvers<number>();
  const run = started(one, who, { onPid: pid.resolve });
  while (!forge.requests.slice(from).some(({ purpose }) => purpose === at)) await sleep(20);
  process.kill(await pid.promise, "SIGKILL");
  await run;
  forge.clearFaults();
  if (who.job !== undefined) forge.endJob(who.job, "cancelled");
}

/** One was put back, the other is told in the one issue there is. Whether that had to be asked for: a schedule asks again in its own time. */
async function expectSwept({ team }: Met, since: number): Promise<boolean> {
  const { lease } = await record(team.home);
  expect([lease, await results(team.home), ownerOf(team, "east"), ownerOf(team, "west")]).toEqual([
    null,
    { east: "good", west: "good" },
    "platform",
    "somebody",
  ]);
  const lines = (await cloudLines(team.home)).slice(since).filter(({ actor, phase }) => actor === "engine" && phase === "commit");
  expect(lines.map(({ op, urn }) => `${op} ${urn.split("::")[0]?.split(":").at(-1)}`)).toEqual(["update dev.east"]);
  const isLate = team.forge.issues().length === 0;
  if (isLate) await team.run(["drift", "dev", "--record"]);
  expect(team.forge.issues()).toMatchObject([{ state: "open", title: "Drift: 1 finding in dev" }]);
  return isLate;
}

describe.skipIf(engine === undefined).each(dialects)(`who is killed at work on %s (seed ${seed})`, (name) => {
  const ends: string[] = [];
  const times: number[] = [];
  const counts = { late: 0, withLease: 0, takenOver: 0, untold: 0, issueLate: 0 };
  const deaths: Record<Moment["victim"], number> = { apply: 0, agent: 0, sweep: 0, preview: 0 };
  let slowestMs = 0;
  let world: Team;
  let watched: Team | undefined;
  beforeAll(async () => {
    world = await Team.begin(name);
    await world.home.commit("wider-east", cidr("east", "10.7.0.0/16"));
    await world.home.commit("wider-west", cidr("west", "10.8.0.0/16"));
    await world.home.git("checkout", "--quiet", "env/dev");
  });
  afterAll(async () => {
    await watched?.close();
    await world?.close();
  });
  const begun = async ({ victim, question }: Moment): Promise<Met> =>
    victim === "sweep" ? drifted((watched ??= await watchedBy(world))) : met(world, question);

  const all = drawn(seed, isFull ? Math.ceil(count / dialects.length) : count).map(
    (moment) =>
      [
        `${moment.victim}${moment.victim === "agent" ? ` that is asked ${moment.question}` : ""}, ${moment.afterMs} ms after ${moment.cue.name}`,
        moment,
      ] as const,
  );
  /** Plays one moment in a world of its own, whether it came in time or not. */
  async function played(moment: Moment): Promise<boolean> {
    const began = performance.now();
    const one = await begun(moment);
    try {
      const since = (await cloudLines(one.team.home)).length;
      const wasAtWork = await killed(one, await worker(one, moment), moment);
      const left = (await record(one.team.home)).lease;
      const died = performance.now();
      const { way, said } = await finished(one, moment);
      if (wasAtWork) {
        ends.push(way);
        slowestMs = Math.max(slowestMs, performance.now() - died);
      }
      expect([toldAmiss(one), said]).toEqual([[], expect.anything()]);
      if (moment.victim === "sweep" && (await expectSwept(one, since))) counts.issueLate += 1;
      if (moment.victim === "agent" || moment.victim === "preview") expectPreviewed(one);
      if (moment.victim === "agent" || moment.victim === "apply") {
        await expectApplied(one, since);
        if (!(await isTold(one))) counts.untold += 1;
      }
      if (left !== null) counts.withLease += 1;
      if (left !== null && (await sentences(one.team.home)).some((line) => line.includes(`takes the lease over from run ${left.run}`))) counts.takenOver += 1;
      return wasAtWork;
    } finally {
      await one.team.close();
      times.push((performance.now() - began) / 1000);
    }
  }

  test.each(all)("%s: the next one goes on, and tells nothing twice", async (_, moment) => {
    for (const attempt of attemptsAt(moment)) {
      if (await played(attempt)) {
        deaths[moment.victim] += 1;
        return;
      }
      counts.late += 1;
    }
    expect.fail("it had ended before each of its moments");
  });

  test.skipIf(!isFull).each(tellings)("an apply that is killed at its %s is told of by the next one, once", async (at, hadArrived) => {
    const one = await met(world);
    try {
      await killedTelling(one, at);
      const comments = (): readonly string[] => one.team.ours(one.merged);
      expect([await subjects(one, 1), comments().length]).toEqual([[expect.stringContaining("applied to east")], hadArrived ? 1 : 0]);
      expect(await leftToTell(one)).toEqual([expect.objectContaining({ what: "apply" })]);
      const next = async (): Promise<Told> => started(one, await worker(one, { victim: "apply" }));
      expect((await next()).exit).toBe(0);
      const says = hadArrived ? /✅ dev(?![^]*Told late)/ : /✅ dev[^]*Told late/;
      expect([comments(), await leftToTell(one)]).toEqual([[expect.stringMatching(says)], []]);
      expect(one.team.forge.statuses(one.team.forge.head("env/dev"))).toMatchObject([{ state: "success", copies: 1 }]);
      const told = [/told late of/, /applied to east/, /applying \w+ to east/, /takes the lease/].map((words) => expect.stringMatching(words) as string);
      expect(await subjects(one, 4)).toEqual(told);
      expect((await next()).exit).toBe(0);
      expect([comments().length, await subjects(one, 4)]).toEqual([1, told]);
    } finally {
      await one.team.close();
    }
  });

  test.skipIf(all.length === 0)("was killed at work at each of the moments; each lease that was left was taken over", () => {
    const seconds = times.reduce((sum, one) => sum + one, 0);
    const each = `${(seconds / times.length).toFixed(1)} s each, ${seconds.toFixed(0)} s in all`;
    const told = ways.map((way) => `${ends.filter((end) => end === way).length} ${way}`);
    const { agent, sweep, apply, preview } = deaths;
    console.log(
      `${name}, seed ${seed}: ${ends.length} deaths at work (${agent} of an agent at a pull request, ${sweep} of one at drift, ${apply + preview} of CI jobs; ${each}): ${told.join(", ")}; ` +
        `${counts.withLease} left a lease, ${counts.takenOver} of them taken over; ${counts.late} moments came too late and were drawn again; ${counts.untold} applied changes were noted to be told a minute later; ` +
        `${counts.issueLate} drift issues came with the next look; from a death to the end of the next at most ${(slowestMs / 1000).toFixed(1)} s`,
    );
    expect([ends.length, counts.takenOver]).toEqual([all.length, counts.withLease]);
    expect(slowestMs).toBeLessThan(120_000);
  });
});
