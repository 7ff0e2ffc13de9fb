import { setTimeout as sleep } from "node:timers/promises";
import { runChild, thisMachine } from "../../src/base/process/index.ts";
import { familyOf, membersOf, send } from "./processes.ts";
import { atMoment, living, sendAll, type Injector, type Scene } from "./scene.ts";
import type { Runner } from "./watch.ts";

export const killRunner: Injector = atMoment((runner) => send(runner.pid, "SIGKILL"));

export const killEngine: Injector = atMoment((runner, { fault }) => {
  const [session] = living(runner.sight().acting);
  if (session === undefined) return false;
  // Its leader alone, as an operating system short of memory does it, or all that it has started too.
  return fault.dice[0] < 0.5 ? send(session, "SIGKILL") : sendAll(membersOf([session]), "SIGKILL");
});

/** The runner and everything that serves it. */
export function householdOf(runner: Runner): readonly number[] {
  const { provider, host, programs } = familyOf(runner.pid);
  return [runner.pid, ...membersOf(runner.sight().engines), ...[provider, host].filter((pid) => pid !== undefined), ...programs];
}

export const killBoth: Injector = atMoment((runner) => sendAll(householdOf(runner), "SIGKILL"));

export const killProvider: Injector = atMoment((runner) => {
  const { provider } = familyOf(runner.pid);
  return provider !== undefined && send(provider, "SIGKILL");
});

const slowCloudMs = 250;
const makesWithinMs = 5_000;

/** The engine is held from the beginning of a call until the cloud has done it: what it then never writes down is there all the same. */
export const killFrozen: Injector = async ({ fault, world, start }) => {
  world.home.cloud.fault.add({ kind: "latency", latencyMs: slowCloudMs });
  const runner = start();
  let injected = false;
  let isDead = false;
  if (await runner.until(({ begun, acting }) => begun >= fault.nth && acting.length > 0)) {
    const sessions = living(runner.sight().acting);
    sendAll(sessions, "SIGSTOP");
    const until = Date.now() + makesWithinMs;
    await runner.until(({ committed, begun }) => committed >= begun || Date.now() > until);
    if (fault.dice[0] < 0.4) {
      isDead = send(runner.pid, "SIGKILL");
    }
    injected = sendAll(sessions, "SIGKILL");
  }
  await runner.ended;
  return { injected, isDead };
};

/** Waits for the n-th process of a program that a runner starts, and does something to it. */
const toProgram =
  (act: (victims: { readonly program: number; readonly host: number | undefined }, scene: Scene) => boolean | Promise<boolean>): Injector =>
  async (scene) => {
    const { dice, afterMs } = scene.fault;
    const runner = scene.start();
    const wanted = dice[0] < 0.5 ? 1 : 2;
    const seen = new Set<number>();
    let victims: { readonly program: number; readonly host: number | undefined } | undefined;
    await runner.until(({ engines }) => {
      if (engines.length === 0) return false;
      const { programs, host } = familyOf(runner.pid);
      for (const pid of programs) seen.add(pid);
      const program = programs.at(-1);
      if (seen.size >= wanted && program !== undefined) victims = { program, host };
      return victims !== undefined;
    });
    await sleep(Math.min(afterMs, 150));
    const injected = victims !== undefined && !runner.isOver && (await act(victims, scene));
    await runner.ended;
    return { injected };
  };

export const killProgram: Injector = toProgram(({ program, host }, { fault }) => send(fault.dice[1] < 0.7 || host === undefined ? program : host, "SIGKILL"));

/** No page more than it has: what an operating system or a container does to a program that eats. */
export const limitMemory: Injector = toProgram(async ({ program }) => {
  const limited = await runChild(["prlimit", "--pid", String(program), "--as=1048576"], { cwd: "/", env: { PATH: thisMachine().path }, deadlineMs: 5_000 });
  return limited.exitCode === 0;
});
