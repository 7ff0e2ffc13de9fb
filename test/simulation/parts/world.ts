import type { Estate } from "../../../src/workflows/estate/index.ts";
import { listOf } from "../../../src/workflows/estate/cloud-list.ts";
import type { EnvironmentRecord } from "../../../src/workflows/ledger/index.ts";
import { objectsIn, SimBackend } from "./backend.ts";
import { SimCloud } from "./cloud.ts";
import { SimEngine, type EngineGround } from "./engine.ts";
import type { EngineRun, Failing } from "./engine-run.ts";
import { FaultPlan, type Fault } from "./faults.ts";
import { SimMirror, SimRemote, SimRepository, type Line, type Talk } from "./git.ts";
import { SimHost, type SimProcess } from "./host.ts";
import { nameOf } from "./model.ts";
import { environmentName, passphraseVariable, SimPrograms, type Rules } from "./programs.ts";
import { randomOf, type Random } from "./random.ts";
import { Scheduler, type Actor } from "./scheduler.ts";
import { strikeOf, type Doing, type Strike } from "./strikes.ts";

export const ledgerRef = `trueup/${environmentName}`;
export const branchRef = `env/${environmentName}`;

/** What is taken away from a run, to see that its checker notices. Each changes how the simulated parts are put together, nothing else. */
export interface Without {
  readonly repository?: (remote: SimRemote, mirror: SimMirror, line: Line) => SimRepository;
  readonly engine?: (ground: EngineGround) => SimEngine;
  readonly host?: (host: Estate["host"]) => Estate["host"];
  /** Programs say of a commit for another cloud that it is for the one that was. */
  readonly hidesCloud?: true;
}

export interface Shape {
  readonly hosts: number;
  readonly runners: number;
  /** A cloud that lists what it made, and belongs to one host. */
  readonly lists: boolean;
  readonly listableLocks: boolean;
}

export const epochMs = Date.parse("2026-03-02T09:00:00Z");

/** A process that runs workflows. */
export interface Runner {
  readonly process: SimProcess;
  readonly host: SimHost;
  readonly estate: Estate;
  readonly stop: AbortController;
  /** Comes when it is dead. */
  readonly died: Promise<"died">;
}

/** One commit of the ledger, as it came to the remote. */
export interface Recorded {
  readonly head: string;
  readonly record: EnvironmentRecord;
  readonly atMs: number;
}

/** An engine, and what it was started for. */
export interface Begun {
  readonly run: EngineRun;
  readonly stack: string;
  readonly directory: string;
  /** It makes the stack as its program says. */
  readonly applies: boolean;
  /** Its runner was taking the stack back. */
  readonly isGoingBack: boolean;
  /** What its runner may touch, where that one repairs. */
  readonly repairs: ReadonlySet<string> | undefined;
  /** Its runner was rebuilding. */
  readonly rebuilds: boolean;
}

/** Everything that one run acts on. */
export class World {
  readonly scheduler: Scheduler;
  readonly content: Random;
  readonly remote = new SimRemote();
  readonly hosts: readonly SimHost[];
  readonly mirrors: readonly SimMirror[];
  readonly backend: SimBackend;
  readonly cloud: SimCloud;
  readonly programs: SimPrograms;
  readonly faults: FaultPlan;
  readonly shape: Shape;
  readonly recorded: Recorded[] = [];
  /** Every engine that was started, with what its runner was about, in order. */
  readonly begun: Begun[] = [];
  /** What somebody did behind everybody's back. */
  readonly meddled: { readonly urn: string; readonly atMs: number }[] = [];
  /** Another one, in which nothing of this environment should ever be. */
  readonly otherCloud: SimCloud;
  /** Whether the cloud takes what it refused. */
  isWell = false;
  /** What a repair may touch, by the process that does it. */
  readonly repairing = new Map<Actor, ReadonlySet<string>>();
  /** Processes that rebuild. */
  readonly rebuilding = new Set<Actor>();
  /** Urns of data of which a person said that it may go. */
  readonly givenUp = new Set<string>();
  readonly #goingBack = new Map<Actor, Set<string>>();
  /** Every fault that struck, with what it struck. */
  readonly strikes: Strike[] = [];
  /** Engines that act, by the name that they write under, with the runner that started each. */
  readonly engines: EngineRun[] = [];
  readonly story: string[] | undefined;
  /** Ids that an engine told its runner, who lived and wrote them down. */
  readonly told = new Set<string>();
  /** Creations whose answer was lost and whose runner died before it heard so: provider, engine and runner have all forgotten them. */
  readonly unheard = new Set<string>();
  digest = 0;
  #awayUntilMs = -1;
  #unanswered: Actor | undefined;
  #fencings = new Map<string, number>();
  #failing: { readonly process: Actor; readonly how: Exclude<ReturnType<Failing>, "no"> } | undefined;
  readonly #without: Without;
  readonly #isBare: boolean;
  #serial = 0;
  onRecorded: () => void = () => undefined;
  onBegun: (begun: Begun) => void = () => undefined;

  constructor(
    seed: number,
    about: {
      readonly shape: Shape;
      readonly faults: readonly Fault[];
      readonly without: Without;
      readonly tells: boolean;
      readonly isBare: boolean;
      readonly rules?: Rules;
    },
  ) {
    const { shape } = about;
    this.shape = shape;
    this.#without = about.without;
    this.#isBare = about.isBare;
    this.story = about.tells ? [] : undefined;
    this.scheduler = new Scheduler(randomOf(seed, 2));
    this.content = randomOf(seed, 3);
    const place = { scheduler: this.scheduler, random: this.content, epochMs };
    this.hosts = Array.from({ length: shape.hosts }, (_, index) => new SimHost(`host-${index}`, place));
    this.mirrors = this.hosts.map(() => new SimMirror());
    this.backend = new SimBackend(shape.listableLocks, () => this.scheduler.nowMs);
    this.cloud = new SimCloud(shape.lists ? { lists: true, mostInFlightMs: 1_500 } : { lists: false, mostInFlightMs: 12_000 }, place);
    // A cloud of one's own host has that host's clock; everybody else's keeps good time.
    this.cloud.now = () => (shape.lists ? this.host(0).now() : new Date(epochMs + this.scheduler.nowMs));
    this.otherCloud = new SimCloud(this.cloud.nature, place);
    this.programs = new SimPrograms(shape.lists ? "sandbox" : "real", about.without.hidesCloud === true, about.rules);
    this.faults = new FaultPlan(about.faults);
    this.scheduler.atPoint = (actor, label) => this.#atPoint(actor, label);
    this.remote.onArrival = ({ ref, next }) => this.#arrived(ref, next);
  }

  host(index: number): SimHost {
    const found = this.hosts[index];
    if (found === undefined) throw new Error(`no host ${index}`);
    return found;
  }

  say(words: string): void {
    this.story?.push(`${(this.scheduler.nowMs / 1000).toFixed(1).padStart(9)}s  ${words}`);
  }

  /** A new process that runs workflows on a host. */
  runner(hostIndex: number): Runner {
    const host = this.host(hostIndex);
    this.#serial += 1;
    let dead: (said: "died") => void = () => undefined;
    const died = new Promise<"died">((done) => (dead = done));
    const process = host.start(`runner ${this.#serial}`, "runner", () => dead("died"));
    return { process, host, estate: this.#estate(host, hostIndex, process), stop: new AbortController(), died };
  }

  #runners = new Map<Actor, Runner>();

  /** For signals: a runner is told to stop while it runs. */
  watch(runner: Runner): void {
    this.#runners.set(runner.process, runner);
  }

  #estate(host: SimHost, index: number, process: SimProcess): Estate {
    const { scheduler } = this;
    const line: Line = {
      asked: (label) => this.#talk(process, label),
      heard: (label) => scheduler.point(process, label, this.content.between(20, 200)),
      now: () => host.now(),
    };
    const mirror = this.mirrors[index] ?? new SimMirror();
    const engine = this.#engine(host, process);
    const ownHost = host.as(process);
    const variable = (name: string): string | undefined => ({ [passphraseVariable]: "simulated", USER: process.name })[name];
    const machine = { home: "/simulated/home", path: "", tmp: "/simulated/tmp", host: host.name, cache: "/simulated/cache", variable, variables: () => ({}) };
    const clock = {
      now: () => host.now(),
      monotonicMs: () => scheduler.nowMs,
      sleep: (ms: number, signal?: AbortSignal) => scheduler.sleep(process, ms, signal),
    };
    const estate: Estate = {
      root: "/simulated/clone",
      work: "/simulated/clone/.trueup",
      machine,
      host: this.#without.host?.(ownHost) ?? ownHost,
      clock,
      deadlines: { previewMs: 5 * 60_000, applyMs: 20 * 60_000, driftMs: 10 * 60_000, noticesMs: 10_000 },
      observe: (progress) => {
        if (progress.kind === "step") this.say(`${process.name}: ${progress.text}`);
        if (progress.kind === "stack") this.#follow(process, progress);
      },
      repository: this.#without.repository?.(this.remote, mirror, line) ?? new SimRepository(this.remote, mirror, line),
      programs: this.programs,
      engine: async () => engine,
      warm: () => undefined,
      cloudList: () => (this.cloud.nature.lists ? listOf(this.cloud.telling(), clock) : async () => undefined),
      apart: () => estate,
      rest: async () => undefined,
      close: async () => undefined,
    };
    return estate;
  }

  #follow(process: SimProcess, { stack, state }: { readonly stack: string; readonly state: string }): void {
    const going = this.#goingBack.get(process) ?? new Set();
    this.#goingBack.set(process, going);
    if (state === "rolling back") going.add(stack);
    if (state === "rolled back" || state === "failed") going.delete(stack);
    if (state === "rolling back" || state === "rolled back") this.say(`${process.name}: ${stack} ${state}`);
  }

  /** What a runner is about. */
  doing(runner: Actor): Doing {
    if (this.rebuilding.has(runner)) return "rebuild";
    if (this.repairing.has(runner)) return "drift";
    return (this.#goingBack.get(runner)?.size ?? 0) > 0 ? "way back" : "commit";
  }

  /** Whether the ledger says that a runner has the lease. */
  holds(runner: Actor): boolean {
    const lease = this.recorded.at(-1)?.record.lease;
    return this.hosts.find(({ name }) => name === lease?.host)?.find(lease?.pid ?? 0) === runner;
  }

  /** Does something to an object behind trueup's back: one that its state has, and that nobody is at. */
  meddle(random: Random): void {
    const states = [...this.backend.states.values()].filter(({ pending }) => pending.length === 0);
    const objects = states.flatMap(objectsIn).filter((one) => one.delete !== true);
    const known = objects.flatMap(({ id = "" }) => this.cloud.things.get(id) ?? []);
    if (known.length === 0) return;
    const thing = random.pick(known);
    const how = random.chance(0.5) ? "gone" : "changed";
    this.cloud.meddle(thing, how);
    this.meddled.push({ urn: thing.urn, atMs: this.scheduler.nowMs });
    this.say(`behind everybody's back ${nameOf(thing.urn)} (${thing.id}) is ${how}`);
  }

  #engine(host: SimHost, process: SimProcess): SimEngine {
    const ground: EngineGround = {
      scheduler: this.scheduler,
      random: this.content,
      host,
      backend: this.backend,
      cloud: this.cloud,
      runner: process,
      fencing: () => this.#fencings.get(`${host.name} ${process.pid}`) ?? 0,
      model: (directory) => this.programs.modelIn(directory),
      failing: ({ process: asking }) => {
        if (this.#failing?.process !== asking) return "no";
        const { how } = this.#failing;
        this.#failing = undefined;
        return how;
      },
      onUnheard: (urn, isUnheard) => void (isUnheard ? this.unheard.add(urn) : this.unheard.delete(urn)),
      onTold: (id) => void this.told.add(id),
      refuses: ({ wrong }) => wrong === "refused" && !this.isWell,
      elsewhere: (directory) => (this.programs.isElsewhere(directory) ? this.otherCloud : undefined),
      isGoingBack: (stack) => this.#goingBack.get(process)?.has(stack) === true,
      isBare: this.#isBare,
      isRebuilding: () => this.rebuilding.has(process),
      onStart: (run, { site: { directory, stack }, applies }) => {
        if (run.acts) this.engines.push(run);
        const isGoingBack = this.#goingBack.get(process)?.has(stack) === true;
        const begun = { run, stack, directory, applies, isGoingBack, repairs: this.repairing.get(process), rebuilds: this.rebuilding.has(process) };
        this.begun.push(begun);
        this.onBegun(begun);
      },
    };
    return this.#without.engine?.(ground) ?? new SimEngine(ground);
  }

  async #talk(process: SimProcess, label: string): Promise<Talk> {
    await this.scheduler.point(process, label, this.content.between(20, 400));
    if (this.#unanswered === process && label === "push") {
      this.#unanswered = undefined;
      return "unanswered";
    }
    return this.scheduler.nowMs < this.#awayUntilMs ? "away" : "answered";
  }

  #arrived(ref: string, head: string): void {
    if (!ref.startsWith(ledgerRef)) return;
    const text = this.remote.objects.blobs.get(this.remote.objects.filesOf(head).get("environment.json") ?? "");
    const record = JSON.parse(String(text)) as EnvironmentRecord;
    if (record.lease !== null) this.#fencings.set(`${record.lease.host} ${record.lease.pid}`, record.lease.fencing);
    this.say(`ledger: ${this.remote.objects.commits.get(head)?.subject ?? ""}`);
    this.recorded.push({ head, record, atMs: this.scheduler.nowMs });
    this.onRecorded();
  }

  #atPoint(actor: Actor, label: string): boolean {
    const text = `${actor.name} ${label} ${this.scheduler.nowMs}`;
    for (let at = 0; at < text.length; at++) this.digest = (Math.imul(this.digest, 31) + text.charCodeAt(at)) | 0;
    let goesOn = true;
    for (const fault of this.faults.due(actor, label)) {
      if (actor.state === "dead") return false;
      this.say(`FAULT ${fault.kind} (${actor.name} at "${label}", ${fault.forMs / 1000} s)`);
      this.strikes.push(strikeOf(this, fault, { actor, label }));
      this.#strike(fault, actor as SimProcess);
      goesOn = actor.state === "running" && goesOn;
    }
    return goesOn;
  }

  #hostOf(process: SimProcess): SimHost {
    const found = this.hosts.find((host) => host.find(process.pid) === process);
    if (found === undefined) throw new Error(`${process.name} runs nowhere`);
    return found;
  }

  #pause(process: SimProcess, forMs: number): void {
    if (process.state !== "running") return;
    process.state = "paused";
    this.scheduler.later(forMs, () => this.wake(process));
  }

  wake(process: SimProcess): void {
    if (process.state !== "paused") return;
    process.state = "running";
    this.say(`${process.name} wakes`);
  }

  #strike({ kind, forMs }: Fault, process: SimProcess): void {
    const host = this.#hostOf(process);
    const runner = process.kind === "engine" ? this.engines.find((run) => run.process === process)?.runner : process;
    switch (kind) {
      case "runner killed":
      case "engine killed":
      case "engine killed before its checkpoint":
        return host.end(process);
      case "runner killed while an object is made":
        if (runner !== undefined) host.end(runner);
        return;
      case "power lost":
        return host.reboot();
      case "runner paused":
        return this.#pause(process, forMs);
      case "runner and engine paused":
        if (runner !== undefined) this.#pause(runner, forMs);
        return this.#pause(process, forMs);
      case "remote away":
        this.#awayUntilMs = this.scheduler.nowMs + forMs;
        return;
      case "answer of a push lost":
        this.#unanswered = process;
        this.#awayUntilMs = this.scheduler.nowMs + forMs;
        return;
      case "backend away":
        this.backend.isAway = true;
        this.scheduler.later(forMs, () => (this.backend.isAway = false));
        return;
      case "provider refused":
        this.#failing = { process, how: "refused" };
        return;
      case "provider's answer lost":
        // Where nothing lists what was made, the engine itself loses such an object: that is known, and no matter of ours.
        if (this.cloud.nature.lists) this.#failing = { process, how: "unanswered" };
        return;
      case "provider hung":
        this.#failing = { process, how: "hang" };
        return;
      case "object not ready":
        this.#failing = { process, how: "half" };
        return;
      case "clock jumped":
        host.skewMs += forMs;
        return;
      case "told to stop":
        return this.#runners.get(process)?.stop.abort();
    }
  }

  /** Nothing goes wrong any more; what sleeps wakes up. */
  calm(): void {
    this.faults.end();
    this.#awayUntilMs = -1;
    this.#failing = undefined;
    this.#unanswered = undefined;
    this.backend.isAway = false;
    for (const host of this.hosts) for (const process of host.living()) this.wake(process);
  }
}
