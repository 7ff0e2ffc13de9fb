import { join } from "node:path";
import { Problem } from "../../../src/base/problem/index.ts";
import type {
  Among,
  Engine,
  EngineLock,
  EngineOutcome,
  Mend,
  ReadBack,
  RunLimits,
  StackSite,
  StateSummary,
  WouldMake,
} from "../../../src/adapters/engine/index.ts";
import { holds, mended, toRead, withRead } from "../../../src/adapters/engine/pending.ts";
import { absentState, readExport, summaryOf } from "../../../src/adapters/engine/state.ts";
import { stateFrom, type SimBackend, type State } from "./backend.ts";
import type { SimCloud, Thing } from "./cloud.ts";
import type { SimHost, SimProcess } from "./host.ts";
import { anchorOf, declaredIn, nameOf, type Model, type Wanted } from "./model.ts";
import { EngineRun, type Failing, type RunEnd } from "./engine-run.ts";
import type { Random } from "./random.ts";
import type { Scheduler } from "./scheduler.ts";
import { changesOf, driftOf, makesOf, planned, refreshed } from "./update.ts";

/** What the engines of one runner stand on. */
export interface EngineGround {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly host: SimHost;
  readonly backend: SimBackend;
  readonly cloud: SimCloud;
  /** The process that starts them. */
  readonly runner: SimProcess;
  readonly fencing: () => number;
  /** The programs that lie in a prepared folder. */
  readonly model: (directory: string) => Model;
  readonly failing: Failing;
  /** The engine has forgotten a creation whose answer was lost; false once its runner has heard of it and written it down. */
  readonly onUnheard?: (urn: string, isUnheard: boolean) => void;
  /** Whether the cloud does not make or change it as it is. */
  readonly refuses?: (wanted: Wanted) => boolean;
  /** Where a commit's things are, when that is not the cloud that they always were in. */
  readonly elsewhere?: (directory: string) => SimCloud | undefined;
  /** Whether the runner is taking this stack back. */
  readonly isGoingBack?: (stack: string) => boolean;
  /** States hold things alone, as in stories that are older than rebuilds: neither the stack itself nor its provider. */
  readonly isBare?: boolean;
  /** Whether the runner rebuilds. */
  readonly isRebuilding?: () => boolean;
  /** A runner was told the id of what was made, and had its turn to write it down. */
  readonly onTold?: (id: string) => void;
  /** An engine that was started, before anybody was told of it. */
  readonly onStart?: (run: EngineRun, about: { readonly site: StackSite; readonly applies: boolean }) => void;
}

interface Doing {
  /** Takes the engine's lock. */
  readonly acts?: boolean;
  /** Makes the stack as its program says, all of it. */
  readonly applies?: boolean;
  readonly act: (run: EngineRun) => Promise<void>;
}

const summaries = new WeakMap<State, StateSummary>();
const credentialsLiveMs = 60 * 60_000;

function fault(code: NonNullable<RunEnd["refused"]> | "ENGINE_EVENTS_LOST", what: string, site: StackSite): Problem {
  return new Problem(code, { what, on: site.pulumiStack, todo: "Run the same command again.", retry: { afterMs: 30_000 } });
}

/** The engine port over simulated processes: each run is a process of its own, which lives on when its runner dies. */
export class SimEngine implements Engine {
  readonly #on: EngineGround;

  constructor(on: EngineGround) {
    this.#on = on;
  }

  async version(): Promise<string> {
    return "3.259.0";
  }

  async init(site: StackSite): Promise<void> {
    await this.#turn("init", 300);
    if (!this.#on.backend.states.has(site.pulumiStack)) this.#on.backend.states.set(site.pulumiStack, { resources: [], pending: [] });
  }

  warm(): void {
    return undefined;
  }

  async preview(site: StackSite, options: RunLimits & { readonly live: boolean; readonly known?: StateSummary }): Promise<EngineOutcome> {
    let makes: readonly WouldMake[] = [];
    const act = async (run: EngineRun): Promise<void> => {
      // What is taken for absent is previewed in a backend of its own, whatever there is by now.
      const isAbsent = options.known?.exists === false;
      const state = (isAbsent ? undefined : this.#on.backend.states.get(site.pulumiStack)) ?? { resources: [], pending: [] };
      await run.point("preview", 800);
      const live = this.#live(site);
      if (options.live) run.drift.push(...driftOf(site.stack, state, live));
      run.steps.push(...planned(this.#declared(site), options.live ? refreshed(state, live) : state));
      makes = makesOf(site.pulumiStack, run.steps);
    };
    return { ...this.#outcome(site, await this.#run(site, options, { act })), makes };
  }

  async up(site: StackSite, options: RunLimits & Among & { readonly refresh: boolean }): Promise<EngineOutcome> {
    // A rebuild runs some targets alone to bring into a state what is in no cloud.
    const applies = options.targets === undefined || this.#on.isRebuilding?.() !== true;
    return this.#outcome(site, await this.#run(site, options, { acts: true, applies, act: (run) => run.up(() => this.#declared(site), options) }));
  }

  async refresh(site: StackSite, options: RunLimits & { readonly previewOnly: boolean }): Promise<EngineOutcome> {
    const act = async (run: EngineRun): Promise<void> => {
      if (!options.previewOnly) return run.refresh();
      await run.point("refresh", 500);
      run.drift.push(...driftOf(site.stack, this.#on.backend.states.get(site.pulumiStack) ?? { resources: [], pending: [] }, this.#live(site)));
    };
    return this.#outcome(site, await this.#run(site, options, { acts: !options.previewOnly, act }));
  }

  async destroy(site: StackSite, options: RunLimits & { readonly previewOnly: boolean }): Promise<EngineOutcome> {
    const act = async (run: EngineRun): Promise<void> => (options.previewOnly ? run.point("destroy", 500) : run.up(() => [], { refresh: false }));
    return this.#outcome(site, await this.#run(site, options, { acts: !options.previewOnly, act }));
  }

  async exportState(site: StackSite): Promise<StateSummary> {
    await this.#turn("export", 150);
    if (this.#on.backend.isAway) throw fault("STATE_UNREACHABLE", "the backend cannot be reached", site);
    const state = this.#on.backend.states.get(site.pulumiStack);
    if (state === undefined) return absentState;
    const known = summaries.get(state);
    if (known !== undefined) return known;
    const raw = this.#on.backend.raw(state);
    const summary = summaryOf(readExport(raw, site), raw);
    summaries.set(state, summary);
    return summary;
  }

  async importState(site: StackSite, deployment: string, notes: Pick<RunLimits, "onSession" | "mayAct" | "onLock" | "onUnlock"> = {}): Promise<void> {
    readExport(deployment, site);
    const limits = { deadlineMs: 60_000, ...notes };
    const end = await this.#run(site, limits, { acts: true, act: (run) => run.import(stateFrom(deployment)) });
    this.#outcome(site, end);
    if (end.result !== "succeeded") throw fault("STATE_UNREACHABLE", "the state was not written", site);
  }

  /** Its backend writes states whole: there is none that cannot be read. */
  async copies(): Promise<readonly never[]> {
    return [];
  }

  withUnended(): StateSummary {
    throw new Error("no state of the simulation is ever torn");
  }

  /** Its providers are never replaced. */
  goingOn(): undefined {
    return undefined;
  }

  async readBack(site: StackSite, mending: { readonly deployment: string; readonly mend: Mend; readonly limits: RunLimits }): Promise<ReadBack> {
    const { deployment, mend, limits } = mending;
    const draft = mended(deployment, mend, site);
    const urns = toRead(deployment, mend, site);
    const unread = new Map<string, string>();
    if (urns.size === 0) return { deployment: draft, found: new Map(), failure: undefined, unread };
    let text = draft;
    const act = async (run: EngineRun): Promise<void> => {
      await run.point("read back", 900);
      text = this.#on.backend.raw(
        refreshed(
          stateFrom(draft),
          (id) => this.#on.cloud.things.get(id),
          (urn) => urns.has(urn),
        ),
      );
    };
    const end = await this.#run(site, limits, { act });
    if (end.result !== "succeeded") return { deployment: draft, found: new Map(), failure: `the reading ended as ${end.result}`, unread };
    const found = new Map(mend.adopt.map(({ urn }) => [urn, holds(text, urn, site)]));
    return { deployment: withRead(draft, { text, urns }, site), found, failure: undefined, unread };
  }

  async outputs(site: StackSite): Promise<Readonly<Record<string, unknown>>> {
    return { anchor: this.#anchor(site, site.stack) };
  }

  async history(): Promise<readonly { readonly kind: string; readonly result: string; readonly startedAt: string }[]> {
    return [];
  }

  async locks(site: StackSite): Promise<readonly EngineLock[] | undefined> {
    const { backend } = this.#on;
    if (!backend.listable) return undefined;
    return backend.locksOf(site.pulumiStack);
  }

  async removeLock(site: StackSite, name: string): Promise<void> {
    await this.#turn("remove lock", 20);
    if (this.#on.backend.locks.get(name)?.stack === site.pulumiStack) this.#on.backend.locks.delete(name);
  }

  async cancel(site: StackSite): Promise<void> {
    await this.#turn("cancel", 150);
    for (const { name } of this.#on.backend.locksOf(site.pulumiStack)) this.#on.backend.locks.delete(name);
  }

  async remove(site: StackSite): Promise<void> {
    await this.#turn("remove stack", 200);
    this.#on.backend.states.delete(site.pulumiStack);
  }

  async sandboxConsole(): Promise<number | undefined> {
    return undefined;
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  /** Whether its runner is taking this stack back. */
  protected isGoingBack(stack: string): boolean {
    return this.#on.isGoingBack?.(stack) === true;
  }

  /** Whether its runner rebuilds. */
  protected isRebuilding(): boolean {
    return this.#on.isRebuilding?.() === true;
  }

  #declared(site: StackSite): ReturnType<typeof declaredIn> {
    const things = this.#on.model(site.directory)[site.stack] ?? {};
    const base = `${site.pulumiStack.slice(0, -site.stack.length)}base`;
    const reads = Object.values(things).some(({ follows }) => follows === true);
    // A program that reads a stack of which there is nothing fails, unless what it reads is said to be unknown.
    if (reads && !this.#on.backend.states.has(base) && !this.#marked(site).includes("base")) throw new Error(`no stack named '${base}' found`);
    return declaredIn(things, site.pulumiStack, this.#anchor(site, "base"));
  }

  /** Stacks of which its program is told that nothing is known yet. */
  #marked({ repositoryRoot, pulumiStack }: StackSite): readonly string[] {
    const text = this.#on.host.files.get(join(repositoryRoot, ".trueup-run", `${pulumiStack}.json`));
    return text === undefined ? [] : (JSON.parse(text) as { readonly stacks: readonly string[] }).stacks;
  }

  /** The id of a stack's anchor, which is what it tells others. */
  #anchor({ pulumiStack, stack }: StackSite, of: string): string | undefined {
    const state = this.#on.backend.states.get(`${pulumiStack.slice(0, -stack.length)}${of}`);
    return state?.resources.find(({ urn, delete: isGoing }) => nameOf(urn) === anchorOf(of) && isGoing !== true)?.id;
  }

  #live({ directory }: StackSite): (id: string) => Thing | undefined {
    const cloud = this.#on.elsewhere?.(directory) ?? this.#on.cloud;
    return (id) => cloud.things.get(id);
  }

  #turn(label: string, ms: number): Promise<void> {
    return this.#on.scheduler.point(this.#on.runner, label, ms);
  }

  /** A process for one run, and the wait of its runner for its end. */
  async #run(site: StackSite, limits: RunLimits, { acts = false, applies = false, act }: Doing): Promise<RunEnd> {
    const { scheduler, runner, backend, fencing, onStart } = this.#on;
    await this.#turn("start engine", 200);
    const writer = { name: "", stack: site.pulumiStack, fencing: fencing(), credentialsUntilMs: scheduler.nowMs + credentialsLiveMs };
    const elsewhere = this.#on.elsewhere?.(site.directory);
    const ground = elsewhere === undefined ? this.#on : { ...this.#on, cloud: elsewhere };
    const run = new EngineRun(ground, { site, writer, limits, acts });
    onStart?.(run, { site, applies });
    // From here on it lives, and the very next thing that its runner does is to note it.
    limits.onSession?.(run.process.session);
    await this.#permitted(run, limits);
    const interrupt = (): void => run.interrupt();
    const hard = (): void => run.kill("cancelled");
    limits.signal?.addEventListener("abort", interrupt, { once: true });
    limits.hardSignal?.addEventListener("abort", hard, { once: true });
    if (limits.signal?.aborted === true) interrupt();
    run.begin(act);
    scheduler.later(limits.deadlineMs, () => run.overdue());
    const end = await run.ended;
    await scheduler.point(runner, "engine ended", 50);
    // Whatever it told before it ended is heard first.
    await new Promise<void>((heard) => scheduler.post(runner, `told by ${run.process.pid}`, heard));
    limits.signal?.removeEventListener("abort", interrupt);
    limits.hardSignal?.removeEventListener("abort", hard);
    if (acts && backend.listable) this.#clear(run, limits);
    return end;
  }

  /** It stands still until its runner has asked whether it may act; ended meanwhile, it does nothing. */
  async #permitted(run: EngineRun, { mayAct }: RunLimits): Promise<void> {
    try {
      await mayAct?.();
    } catch (thrown) {
      run.kill("cancelled");
      throw thrown;
    }
  }

  /** What its process, which is reaped, left locked it will never unlock. */
  #clear({ process, stack }: EngineRun, limits: RunLimits): void {
    const { backend, host } = this.#on;
    const own = backend.locksOf(stack).filter((lock) => lock.pid === process.pid && lock.host === host.name);
    if (!backend.isAway) for (const { name } of own) backend.locks.delete(name);
    if (own.length === 0 || !backend.isAway) limits.onUnlock?.(process.session);
    else for (const { name } of own) limits.onLock?.(name, process.session);
  }

  #outcome(site: StackSite, end: RunEnd): EngineOutcome {
    if (end.refused !== undefined) throw fault(end.refused, end.why, site);
    if (end.result === "failed" && end.killed) throw fault("ENGINE_EVENTS_LOST", "the engine's event stream was incomplete", site);
    const diagnostics = end.result === "failed" ? [{ severity: "error" as const, message: end.why }] : [];
    const resources = changesOf(end.steps);
    const isOther = resources.some(({ name, operation }) => name === anchorOf(site.stack) && operation !== "update");
    const changes = { stack: site.stack, resources, unchanged: 0, policies: [], diagnostics, changedOutputs: isOther ? ["anchor"] : [], reads: [] };
    const overdue = end.result === "timed-out" ? { overdue: { deadlineMs: end.deadlineMs, operations: [], program: false } } : {};
    return { result: end.result, ...overdue, exitCode: end.killed ? undefined : end.result === "succeeded" ? 0 : 1, changes, drift: end.drift, durationMs: 1 };
  }
}
