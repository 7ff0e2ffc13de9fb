import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { jobVariables } from "../forges/ci-job.ts";
import { engine, isFull } from "./estate.ts";
import { cloudLines, record, results, stateOf } from "./evidence.ts";
import { single } from "./single.ts";
import { Team } from "./team.ts";

vi.setConfig({ testTimeout: 300_000 });

/** A machine of a name of its own: with its first process everything on it ends. */
const unshare = ["unshare", "--user", "--map-root-user", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child"] as const;
const named = (name: string): readonly [string, ...string[]] => [...unshare, "sh", "-c", `hostname ${name} && exec "$@"`, "sh"];
const here = thisMachine();
const tried = await runChild([...named("tried"), "true"], { cwd: here.tmp, env: { PATH: here.path }, deadlineMs: 10_000 });
if (tried.exitCode !== 0) console.warn("jobs on machines of their own are skipped: no name spaces can be made here");

const locks = async ({ home }: Team): Promise<readonly string[]> => {
  const names = await readdir(join(home.clone, ".trueup/state/.pulumi/locks"), { recursive: true }).catch(() => [] as string[]);
  return names.filter((name) => name.endsWith(".json"));
};
const creates = async ({ home }: Team, phase: string): Promise<number> =>
  (await cloudLines(home)).filter((line) => line.op === "create" && line.phase === phase).length;

/** A job that is killed with its machine while its engine makes something; who comes next has neither its disk nor its processes. */
async function killedJob(team: Team, variables: Readonly<Record<string, string>>): Promise<void> {
  const job = team.forge.startJob("apply");
  team.home.cloud.fault.add({ kind: "latency", latencyMs: 60_000, op: "create" });
  const pid = Promise.withResolvers<number>();
  const by = named("build-1");
  const run = team.run(["apply", "dev"], { at: await team.station(), variables: { ...jobVariables(team.forge, job), ...variables }, by, onPid: pid.resolve });
  for (const ends = performance.now() + 90_000; (await creates(team, "begin")) === 0 && performance.now() < ends;) await sleep(50);
  process.kill(await pid.promise, "SIGKILL");
  await run;
  team.forge.endJob(job, "cancelled");
  team.home.cloud.fault.clear();
}

interface Way {
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly exit: number;
  readonly left: number;
  readonly good: boolean;
}

const ways: readonly Way[] = [
  { name: "a machine that was made for it is dead with it: its lock goes", variables: { RUNNER_ENVIRONMENT: "github-hosted" }, exit: 0, left: 0, good: true },
  { name: "control: on a machine that others may be on, its lock may be theirs, and stays", variables: {}, exit: 10, left: 1, good: false },
];

describe.skipIf(engine === undefined || tried.exitCode !== 0 || !isFull)("a CI job that was killed in the middle of a create", () => {
  test.each(ways)("$name", async ({ variables, exit, left, good }) => {
    const team = await Team.found("github", single(""));
    try {
      for (const name of ["state", "cloud"])
        await runChild(["mkdir", "-p", join(team.home.clone, ".trueup", name)], { cwd: "/", env: { PATH: here.path }, deadlineMs: 5_000 });
      await killedJob(team, variables);
      expect([(await locks(team)).length, (await stateOf(team.home, "dev.machines"))?.pending]).toEqual([1, 1]);
      const next = team.forge.startJob("apply");
      const ended = await team.run(["apply", "dev"], { at: await team.station(), variables: jobVariables(team.forge, next), by: named("build-2") });
      expect([ended.exit, ended.err]).toEqual([exit, expect.anything()]);
      expect([(await locks(team)).length, (await results(team.home))["machines"] === "good", (await record(team.home)).lease]).toEqual([left, good, null]);
      expect(await creates(team, "commit")).toBe(good ? 1 : 0);
    } finally {
      await team.close();
    }
  });
});
