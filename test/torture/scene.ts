import { setTimeout as sleep } from "node:timers/promises";
import type { Violation } from "./check.ts";
import { factsOf } from "./kinds.ts";
import { membersOf, send } from "./processes.ts";
import type { Fault } from "./story.ts";
import type { Runner } from "./watch.ts";
import type { World } from "./world.ts";

/** What came of one fault. */
export interface Strike {
  /** False: its moment did not come, the runner was over before. Such a one does not count. */
  readonly injected: boolean;
  /** Its victim died without a word. */
  readonly isDead?: boolean;
  /** What is wrong already. */
  readonly violations?: readonly Violation[];
}

export interface Scene {
  readonly world: World;
  readonly fault: Fault;
  /** One more `trueup apply dev`. */
  start(variables?: Readonly<Record<string, string>>): Runner;
  /** What somebody else does meanwhile, for the story. */
  note(what: string): void;
}

export type Injector = (scene: Scene) => Promise<Strike>;

/** Waits for the fault's moment; whether the runner is still there then. */
export async function met(runner: Runner, { at, nth, afterMs }: Fault): Promise<boolean> {
  if (!(await runner.reaches(at, nth))) return false;
  await sleep(afterMs);
  return !runner.isOver;
}

/** Starts a runner, and does something to it at the fault's moment. */
export const atMoment =
  (act: (runner: Runner, scene: Scene) => boolean | Promise<boolean>): Injector =>
  async (scene) => {
    const runner = scene.start();
    const injected = (await met(runner, scene.fault)) && (await act(runner, scene));
    await runner.ended;
    return { injected, isDead: injected && factsOf(scene.fault.kind).isDeath === true };
  };

/** Sessions of which something lives. */
export const living = (sessions: readonly number[]): readonly number[] => sessions.filter((session) => membersOf([session]).length > 0);

/** To every process; whether one of them got it. */
export const sendAll = (pids: readonly number[], signal: NodeJS.Signals): boolean => pids.map((pid) => send(pid, signal)).includes(true);
