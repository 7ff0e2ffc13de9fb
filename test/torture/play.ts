import { setTimeout as sleep } from "node:timers/promises";
import type { Told } from "../journeys/estate.ts";
import { mended } from "./changes.ts";
import { atTheEnd, midway, sofar, takenBack, type Violation } from "./check.ts";
import { followedPeople } from "./converge.ts";
import { isPoisoned } from "./estate-files.ts";
import { injectors } from "./inject.ts";
import { processesIn } from "./processes.ts";
import type { Scene } from "./scene.ts";
import { faultWords, strikesAgent, type Beat, type Fault, type Story, type WorkName } from "./story.ts";
import { Runner } from "./watch.ts";
import { openWork, wantsQuiet, works } from "./works.ts";
import { isDone, landModel, newWorld, type World } from "./world.ts";

/** What became of one fault of a story. */
export interface Struck {
  /** What the runner was at: a drawn work that could not be given is a plain one. */
  readonly work: WorkName;
  readonly fault: Fault;
  readonly injected: boolean;
  /** Seen when it was over; what is only seen at the end belongs to the last one. */
  violations: readonly Violation[];
  /** From the start of whoever came next and was not struck before, to its first engine, and to the end of whoever first ended well. */
  toWorkMs?: number;
  toEndMs?: number;
}

export interface Played {
  readonly story: Story;
  readonly struck: readonly Struck[];
  /** How often a person had to do what a message says. */
  readonly asked: readonly string[];
  /** How often a unit was taken back. */
  readonly takenBack: number;
  readonly seconds: number;
  /** What was said and done, for whoever looks into it. */
  readonly told: readonly string[];
}

const workerOf = (one: Pick<Beat, "work" | "fault">): readonly string[] =>
  works[one.work].by ?? (strikesAgent(one) ? ["agent", "--env", "dev", "--once"] : ["apply", "dev"]);

/** What mends everything that drift repairs have given up. */
const byForce = ["apply", "dev", "--all"] as const;

/** Goes through one story, from beginning to end. */
class Play {
  readonly struck: Struck[] = [];
  readonly asked: string[] = [];
  readonly told: string[] = [];
  readonly #world: World;
  /** What was said last by whoever was struck last. */
  #last: Told | undefined;
  /** The last death after which nobody has worked, or has ended well, yet. */
  #open: { readonly struck: Struck; sinceMs?: number | undefined }[] = [];

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
    for (const one of waiting) one.sinceMs ??= runner.startedAt;
    const ended = await runner.ended;
    const { exit, lines } = ended;
    this.#last = ended;
    const { firstEngineAt } = runner.sight();
    this.told.push(`  ${words}: exit ${exit ?? "none"}, ${((Date.now() - runner.startedAt) / 1000).toFixed(1)} s: ${lines.at(0) ?? ""}`);
    for (const { struck, sinceMs = runner.startedAt } of waiting) {
      if (firstEngineAt !== undefined) struck.toWorkMs ??= firstEngineAt - sinceMs;
      if (exit === 0 && struck.toWorkMs !== undefined) struck.toEndMs ??= Date.now() - sinceMs;
    }
    this.#open = this.#open.filter(({ struck }) => struck.toEndMs === undefined);
  }

  /** Brings the world to where a beat can begin, and gives its runner something to do. Returns what that is. */
  async #prepare(beat: Beat): Promise<WorkName> {
    const world = this.#world;
    const isQuiet = wantsQuiet(beat.work) || openWork(world) !== undefined;
    // What is held back is mended by a merge, tried again as it is on a person's word, or left as it is.
    const mends = isPoisoned(world.model) && (isQuiet || beat.fault.dice[1] < 0.6);
    if (mends) await landModel(world, mended(world.model));
    if (this.#last !== undefined) await this.follow(this.#last, { retries: !mends });
    if (isQuiet) await this.converge(mostApplies);
    const isFree = await isDone(world);
    // Nothing was left to be taken up: there is nothing to be timed.
    if (isFree) this.#open = [];
    if (!isFree && beat.work !== "broken") return "change";
    this.told.push(`  ${await works[beat.work].prepare(world, beat)}`);
    return beat.work;
  }

  async beat(beat: Beat): Promise<void> {
    const world = this.#world;
    const work = await this.#prepare(beat);
    const { fault } = beat;
    const note = (what: string): void => void this.told.push(`  ${what}`);
    const scene: Scene = { world, fault, note, start: (variables) => this.start(workerOf({ work, fault }), variables) };
    const strike = await injectors[fault.kind](scene);
    world.home.cloud.fault.clear();
    this.told.push(`${strike.injected ? "*" : "-"} ${faultWords({ work, fault })}`);
    const one: Struck = { work, fault, injected: strike.injected, violations: strike.violations ?? [] };
    this.struck.push(one);
    // Who is struck on the way to work is no measure of how long that takes: the next one is.
    if (strike.injected) for (const waiting of this.#open.filter(({ struck }) => struck.toWorkMs === undefined)) waiting.sinceMs = undefined;
    // Who is to be refused never comes to work.
    if (strike.isDead === true && works[work].after === undefined) this.#open.push({ struck: one });
    if (this.#last?.exit === 0) this.#settled();
    this.blame((await works[work].after?.(world, () => this.start(["apply", "dev"]).ended)) ?? []);
    // Who was refused says no more what a person is to do.
    if (works[work].after !== undefined) this.#last = undefined;
    // An engine whose runner is dead may go on: what is said to be good is looked at when nobody is at work.
    this.blame(processesIn(world.home.folder).length === 0 ? await midway(world) : await sofar(world));
  }

  /** What somebody did behind git's back is put right. */
  #settled(): void {
    this.#world.drifted = false;
    this.#world.lost = false;
  }

  blame(violations: readonly Violation[]): void {
    const known = new Set(this.struck.flatMap((one) => one.violations.map(({ what }) => what)));
    const last = this.struck.at(-1);
    if (last !== undefined) last.violations = [...last.violations, ...violations.filter(({ what }) => !known.has(what))];
  }

  /** Nothing strikes: plain runs, and what their messages say, must bring it to its end. */
  async converge(most: number): Promise<void> {
    const world = this.#world;
    for (let attempt = 0; attempt < most; attempt++) {
      if (isPoisoned(world.model)) await landModel(world, mended(world.model));
      const open = openWork(world);
      const told = await this.start(open === undefined ? ["apply", "dev"] : attempt > 1 && world.drifted ? byForce : open).ended;
      if (told.exit === 0) this.#settled();
      if (told.exit === 0 && (await isDone(world))) return;
      await this.follow(told);
      await sleep(200);
    }
  }

  async follow(told: Told, also: { readonly retries: boolean } = { retries: true }): Promise<void> {
    const did = await followedPeople(this.#world, told, also);
    this.asked.push(...did);
    for (const one of did) this.told.push(`  a person: ${one}`);
  }
}

const mostApplies = 5;

export async function play(story: Story, look?: (world: World) => Promise<void>): Promise<Played> {
  const began = performance.now();
  const world = await newWorld(story.stacks, story.things);
  const played = new Play(world);
  try {
    for (const beat of story.beats) await played.beat(beat);
    await played.converge(mostApplies);
    played.blame(await atTheEnd(world));
    await look?.(world);
    const back = await takenBack(world);
    return { story, struck: played.struck, asked: played.asked, takenBack: back.length, told: played.told, seconds: (performance.now() - began) / 1000 };
  } finally {
    for (const { pid } of processesIn(world.home.folder)) process.kill(pid, "SIGKILL");
    await world.home.remove();
  }
}
