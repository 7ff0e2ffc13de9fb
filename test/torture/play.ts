import { setTimeout as sleep } from "node:timers/promises";
import type { Told } from "../journeys/estate.ts";
import { atTheEnd, midway, sofar, type Violation } from "./check.ts";
import { followedPeople } from "./converge.ts";
import { injectors } from "./inject.ts";
import { processesIn } from "./processes.ts";
import type { Scene } from "./scene.ts";
import { faultWords, isOfAgent, type Fault, type Story } from "./story.ts";
import { Runner } from "./watch.ts";
import { isDone, land, newWorld, type World } from "./world.ts";

/** What became of one fault of a story. */
export interface Struck {
  readonly fault: Fault;
  readonly injected: boolean;
  /** Seen when it was over; what is only seen at the end belongs to the last one. */
  violations: readonly Violation[];
  /** From the victim's death to the first engine of whoever came next, and to the end of whoever first ended well. */
  toWorkMs?: number;
  toEndMs?: number;
}

export interface Played {
  readonly story: Story;
  readonly struck: readonly Struck[];
  /** How often a person had to do what a message says. */
  readonly asked: readonly string[];
  readonly seconds: number;
  /** What was said and done, for whoever looks into it. */
  readonly told: readonly string[];
}

const workerOf = (fault: Fault): readonly string[] => (isOfAgent(fault) ? ["agent", "--env", "dev", "--once"] : ["apply", "dev"]);

/** Goes through one story, from beginning to end. */
class Play {
  readonly struck: Struck[] = [];
  readonly asked: string[] = [];
  readonly told: string[] = [];
  readonly #world: World;
  /** What was said last by whoever was struck last. */
  #last: Told | undefined;
  /** The last death after which nobody has worked, or has ended well, yet. */
  #open: { readonly struck: Struck; readonly diedAt: number }[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  start(args: readonly string[], variables: Readonly<Record<string, string>> = {}): Runner {
    const runner = new Runner(this.#world, args, variables);
    void this.#hear(runner, args.join(" "));
    return runner;
  }

  /** What a runner ended with, and what it was the first to do since the last deaths. */
  async #hear(runner: Runner, words: string): Promise<void> {
    const waiting = [...this.#open];
    const ended = await runner.ended;
    const { exit, lines } = ended;
    this.#last = ended;
    const { firstEngineAt } = runner.sight();
    this.told.push(`  ${words}: exit ${exit ?? "none"}, ${((Date.now() - runner.startedAt) / 1000).toFixed(1)} s: ${lines.at(0) ?? ""}`);
    for (const { struck, diedAt } of waiting) {
      if (firstEngineAt !== undefined) struck.toWorkMs ??= firstEngineAt - diedAt;
      if (exit === 0 && struck.toWorkMs !== undefined) struck.toEndMs ??= Date.now() - diedAt;
    }
    this.#open = this.#open.filter(({ struck }) => struck.toEndMs === undefined);
  }

  async beat({ changes, seed, fault }: Story["beats"][number]): Promise<void> {
    const world = this.#world;
    if (this.#last !== undefined) await this.follow(this.#last);
    if (await isDone(world)) {
      // Nothing was left to be taken up: there is nothing to be timed.
      this.#open = [];
      await land(world, seed, changes);
    }
    const note = (what: string): void => void this.told.push(`  ${what}`);
    const scene: Scene = { world, fault, note, start: (variables) => this.start(workerOf(fault), variables) };
    const strike = await injectors[fault.kind](scene);
    world.home.cloud.fault.clear();
    this.told.push(`${strike.injected ? "*" : "-"} ${faultWords(fault)}`);
    const one: Struck = { fault, injected: strike.injected, violations: strike.violations ?? [] };
    this.struck.push(one);
    if (strike.diedAt !== undefined) this.#open.push({ struck: one, diedAt: strike.diedAt });
    // An engine whose runner is dead may go on: what is said to be good is looked at when nobody is at work.
    this.blame(processesIn(world.home.folder).length === 0 ? await midway(world) : await sofar(world));
  }

  blame(violations: readonly Violation[]): void {
    const known = new Set(this.struck.flatMap((one) => one.violations.map(({ what }) => what)));
    const last = this.struck.at(-1);
    if (last !== undefined) last.violations = [...last.violations, ...violations.filter(({ what }) => !known.has(what))];
  }

  /** Nothing strikes any more: plain applies, and what their messages say, must bring it to its end. */
  async converge(most: number): Promise<void> {
    for (let attempt = 0; attempt < most; attempt++) {
      const told = await this.start(["apply", "dev"]).ended;
      if (told.exit === 0 && (await isDone(this.#world))) return;
      await this.follow(told);
      await sleep(200);
    }
  }

  async follow(told: Told): Promise<void> {
    const did = await followedPeople(this.#world, told);
    this.asked.push(...did);
    for (const one of did) this.told.push(`  a person: ${one}`);
  }
}

const mostApplies = 4;

export async function play(story: Story, look?: (world: World) => Promise<void>): Promise<Played> {
  const began = performance.now();
  const world = await newWorld(story.stacks);
  const played = new Play(world);
  try {
    for (const beat of story.beats) await played.beat(beat);
    await played.converge(mostApplies);
    played.blame(await atTheEnd(world));
    await look?.(world);
    return { story, struck: played.struck, asked: played.asked, told: played.told, seconds: (performance.now() - began) / 1000 };
  } finally {
    for (const { pid } of processesIn(world.home.folder)) process.kill(pid, "SIGKILL");
    await world.home.remove();
  }
}
