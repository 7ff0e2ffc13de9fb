import { Problem } from "../../../src/base/problem/index.ts";
import type { Violation } from "./check.ts";
import type { Runner, World } from "./world.ts";

const mostSteps = 40_000;

/** What everybody in a story shares: the world, and what is kept of how it went. */
export class Stage {
  readonly world: World;
  readonly violations: Violation[] = [];
  /** How what runners and people did ended, in order. */
  readonly ends: string[] = [];
  /** Why a person was needed, where one was. */
  readonly paged: string[] = [];
  /** What the last problem says is to be done. */
  todo = "";

  constructor(world: World) {
    this.world = world;
  }

  page(why: string): void {
    this.world.say(`a person is needed: ${why}`);
    this.paged.push(why);
  }

  broken(thrown: unknown): string {
    this.violations.push({ harm: "broken", what: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) });
    return "broken";
  }

  pause(ms: number): Promise<void> {
    return new Promise((done) => this.world.scheduler.later(ms, done));
  }

  /** What a runner did, or that it died. */
  async does(runner: Runner, work: Promise<string>): Promise<string> {
    this.world.watch(runner);
    const ended = work.catch((thrown: unknown) => {
      if (!(thrown instanceof Problem)) return this.broken(thrown);
      this.todo = thrown.todo;
      return `raised ${thrown.code}`;
    });
    const said = await Promise.race([ended, runner.died]);
    this.world.say(`${runner.process.name}: ${said}`);
    return said;
  }

  /** Lets everybody go on until something is done. */
  async until(done: Promise<unknown>): Promise<void> {
    let isDone = false;
    void done.then(
      () => (isDone = true),
      (thrown: unknown) => {
        isDone = true;
        this.broken(thrown);
      },
    );
    const how = await this.world.scheduler.run(() => isDone, mostSteps);
    if (how !== "over") this.violations.push({ harm: "stuck", what: `the run is ${how}` });
  }
}
