import { setTimeout as sleep } from "node:timers/promises";
import { record } from "../journeys/evidence.ts";
import type { Violation } from "./check.ts";
import { stateOf } from "./evidence.ts";
import { householdOf } from "./kills.ts";
import { isAt } from "./points.ts";
import { send } from "./processes.ts";
import { atMoment, met, sendAll, type Injector, type Scene } from "./scene.ts";
import type { Fault } from "./story.ts";
import type { Runner } from "./watch.ts";
import { land, locksIn, type World } from "./world.ts";

/** A person who believes a runner to be dead, and is wrong. */
async function cancelled({ world, note }: Scene, pid: number): Promise<void> {
  const { lease } = await record(world.home);
  if (lease === null || lease.pid !== pid) return;
  const { exit } = await world.home.run(["run", "cancel", lease.run, "--env", "dev", "--reason", "it looks dead"]);
  note(`a person: run cancel ${lease.run} (exit ${exit ?? "none"})`);
}

/** Held still, alone or with all that serves it; another one does its work; then it wakes up and must change nothing. */
export const stopRunner: Injector = async (scene) => {
  const { fault, world, start } = scene;
  const runner = start();
  if (!(await met(runner, fault))) {
    await runner.ended;
    return { injected: false };
  }
  const held = fault.dice[0] < 0.4 ? householdOf(runner) : [runner.pid];
  const injected = sendAll(held, "SIGSTOP");
  await cancelled(scene, runner.pid);
  if (fault.dice[1] < 0.5) await land(world, Math.floor(fault.dice[2] * 2 ** 31), 1);
  await start().ended;
  sendAll(held, "SIGCONT");
  await runner.ended;
  return { injected };
};

const signalOf = ({ fault }: Scene): NodeJS.Signals => (fault.dice[0] < 0.5 ? "SIGINT" : "SIGTERM");

/** What a runner that was let end in peace must not leave. */
async function leftInPeace(world: World, runner: Runner): Promise<readonly Violation[]> {
  const { lease } = await record(world.home);
  const states = await Promise.all(Object.keys(world.model).map((stack) => stateOf(world, stack)));
  const say = (what: string): Violation => ({ harm: "left behind", what: `after a signal with grace ${what}` });
  return [
    ...(lease?.pid === runner.pid ? [say("the lease is held")] : []),
    ...locksIn(world).map((name) => say(`there is the lock ${name}`)),
    ...states.flatMap(({ pending }) => pending).map((urn) => say(`an operation on ${urn} is pending`)),
    ...states.flatMap(({ unreadable }) => (unreadable === undefined ? [] : [say(`a state cannot be read: ${unreadable}`)])),
  ];
}

export const interruptOnce: Injector = async (scene) => {
  const runner = scene.start();
  const wasClean = locksIn(scene.world).length === 0 && (await leftInPeace(scene.world, runner)).length === 0;
  const injected = (await met(runner, scene.fault)) && send(runner.pid, signalOf(scene));
  await runner.ended;
  return { injected, violations: injected && wasClean ? await leftInPeace(scene.world, runner) : [] };
};

export const interruptTwice: Injector = atMoment(async (runner, scene) => {
  const sent = send(runner.pid, signalOf(scene));
  await sleep(50 + scene.fault.dice[1] * 1_000);
  return send(runner.pid, signalOf(scene)) && sent;
});

/** Whoever comes first to the fault's moment, and is still there a while after it. */
async function firstAt(runners: readonly Runner[], { at, nth, afterMs }: Fault): Promise<Runner | undefined> {
  while (runners.some(({ isOver }) => !isOver)) {
    const found = runners.find((one) => !one.isOver && one.pid !== 0 && isAt(at, one.sight(), nth));
    if (found !== undefined) {
      await sleep(afterMs);
      return found.isOver ? undefined : found;
    }
    await sleep(10);
  }
  return undefined;
}

/** Several at once; the first that comes to the moment is killed there. */
export const rivals: Injector = async ({ fault, start }) => {
  const first = start();
  const others: Runner[] = [];
  for (let left = fault.dice[0] < 0.5 ? 1 : 2; left > 0; left--) {
    await sleep(fault.dice[1] * 400);
    others.push(start());
  }
  const all = [first, ...others];
  const victim = await firstAt(all, fault);
  const injected = victim !== undefined && send(victim.pid, "SIGKILL");
  await Promise.all(all.map(({ ended }) => ended));
  return { injected, isDead: injected };
};
