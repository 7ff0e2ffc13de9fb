import type { Among, Begun, EngineOutcome, EngineProgress, RunLimits, StackSite } from "../../../src/adapters/engine/index.ts";
import type { DriftFinding } from "../../../src/domain/changes/index.ts";
import { BackendAway, type Pending, type Resource, type State } from "./backend.ts";
import { CredentialsExpired, type Thing, type Writer } from "./cloud.ts";
import type { EngineGround } from "./engine.ts";
import type { SimProcess } from "./host.ts";
import { inputsOf, scaffoldOf, type Declared, type Wanted } from "./model.ts";
import { isForgetting, planned, refreshed, scaffolded, urnOf, type Step } from "./update.ts";

/** What providers answer. `hang`: never. `half`: it was done, and did not become ready. */
export type Failing = (at: { readonly urn: string; readonly op: string; readonly process: SimProcess }) => "no" | "refused" | "hang" | "unanswered" | "half";

export interface RunEnd {
  readonly result: EngineOutcome["result"];
  readonly killed: boolean;
  /** What kept it from being a run at all. */
  readonly refused: "STATE_LOCKED" | "STATE_UNREACHABLE" | "STACK_UNKNOWN" | undefined;
  readonly why: string;
  readonly steps: readonly Step[];
  readonly drift: readonly DriftFinding[];
  readonly deadlineMs: number;
}

interface Order {
  readonly site: StackSite;
  readonly writer: Omit<Writer, "name">;
  readonly limits: RunLimits;
  /** Takes the engine's lock. */
  readonly acts: boolean;
}

class Refused extends Error {
  readonly code: NonNullable<RunEnd["refused"]>;
  constructor(code: NonNullable<RunEnd["refused"]>, why: string) {
    super(why);
    this.code = code;
  }
}

type Making = Extract<Step, { readonly op: "create" | "replace" }>;

/** What the program names itself cannot stand beside its like: the older one goes first, or is gone already. */
const goesFirst = ({ wanted }: Declared, old: Resource | undefined): boolean => wanted.named === "said" || old?.pendingReplacement === true;

const graceMs = 60_000;
const minuteMs = 60_000;

/** One process of the engine. What it does is done in its own turns; what it tells reaches its runner in the runner's. */
export class EngineRun {
  readonly process: SimProcess;
  readonly writer: Writer;
  readonly ended: Promise<RunEnd>;
  /** Of what it would do or did. */
  readonly steps: Step[] = [];
  /** What it found by reading the cloud. */
  readonly drift: DriftFinding[] = [];
  readonly beganMs: number;
  readonly #on: EngineGround;
  readonly #order: Order;
  #stopped: "no" | "cancelled" | "timed-out" = "no";
  #state: State;
  #lock: string | undefined;
  #settle: (end: RunEnd) => void = () => undefined;

  constructor(on: EngineGround, order: Order) {
    this.#on = on;
    this.#order = order;
    this.beganMs = on.scheduler.nowMs;
    this.#state = on.backend.states.get(order.site.pulumiStack) ?? { resources: [], pending: [] };
    this.ended = new Promise((settle) => (this.#settle = settle));
    this.process = on.host.start(`engine of ${on.runner.name}`, "engine", () =>
      this.#end({ result: this.#stopped === "no" ? "failed" : this.#stopped, killed: true }),
    );
    this.writer = { ...order.writer, name: `${on.host.name} ${this.process.pid}` };
  }

  get acts(): boolean {
    return this.#order.acts;
  }

  /** Of the runner that waits for it. */
  get runner(): SimProcess {
    return this.#on.runner;
  }

  get stack(): string {
    return this.writer.stack;
  }

  begin(act: (run: EngineRun) => Promise<void>): void {
    void this.#whole(act);
  }

  /** INT: what is begun is ended, nothing new is begun. */
  interrupt(): void {
    if (this.#stopped === "no") this.#stopped = "cancelled";
    this.#on.scheduler.later(2 * graceMs, () => this.#onceAwake(() => this.kill()));
  }

  overdue(): void {
    this.#onceAwake(() => {
      if (this.process.state === "dead") return;
      this.#stopped = "timed-out";
      this.#on.scheduler.later(2 * graceMs, () => this.#onceAwake(() => this.kill()));
    });
  }

  /** A timer of its runner's: one that is held still hears it when it wakes, and nobody hears that of a dead one. */
  #onceAwake(go: () => void): void {
    if (this.#on.runner.state === "running") go();
    else if (this.#on.runner.state === "paused") this.#on.scheduler.later(minuteMs, () => this.#onceAwake(go));
  }

  kill(why?: "cancelled"): void {
    if (this.#stopped === "no" && why !== undefined) this.#stopped = why;
    if (this.#on.runner.state === "running") this.#on.host.end(this.process);
  }

  point(label: string, ms: number): Promise<void> {
    return this.#on.scheduler.point(this.process, label, ms);
  }

  async up(program: () => readonly Declared[], { refresh, targets, excludes = [] }: Among & { readonly refresh: boolean }): Promise<void> {
    const declared = program();
    await this.point("program", 500);
    const isTouched = (urn: string): boolean => targets?.includes(urn) !== false && !excludes.includes(urn);
    if (refresh) await this.refresh(isTouched);
    const scaffold = this.#on.isBare === true ? [] : scaffolded(this.#order.site.pulumiStack, this.#state, targets);
    // Written with the first object; alone where there is none.
    if (scaffold.length > 0) this.#state = { ...this.#state, resources: [...scaffold, ...this.#state.resources] };
    const steps = planned(declared, this.#state).filter((step) => isTouched(urnOf(step)));
    // Those that make or change something side by side, two at a time; what goes, goes last.
    const [making, going] = [steps.filter(({ op }) => op !== "delete"), steps.filter(({ op }) => op === "delete")];
    for (let at = 0; at < making.length; at += 2) await Promise.all(making.slice(at, at + 2).map((step) => this.#take(step)));
    // What was replaced goes when all else went well: of a run that fails it is left as what is to be deleted.
    for (const old of this.#replaced) await this.#doing(() => this.#delete({ ...old, delete: true }, "delete-replaced"));
    for (const step of going) await this.#take(step);
    if (this.#failed !== undefined) throw new Error(this.#failed);
    if (scaffold.length > 0 && this.#on.backend.states.get(this.stack) !== this.#state) this.#save(this.#state);
  }

  async refresh(isTouched: (urn: string) => boolean = () => true): Promise<void> {
    await this.point("refresh", 700);
    const { cloud, scheduler } = this.#on;
    if (scheduler.nowMs > this.writer.credentialsUntilMs) throw new CredentialsExpired("the credentials have expired");
    const now = refreshed(this.#state, (id) => cloud.things.get(id), isTouched);
    if (now !== this.#state) this.#save(now);
  }

  async import(state: State): Promise<void> {
    await this.point("import", 400);
    // As the real one: operations that never ended are not taken over.
    this.#save({ ...state, pending: [] });
  }

  #failed: string | undefined;

  async #whole(act: (run: EngineRun) => Promise<void>): Promise<void> {
    try {
      await this.point("begin", 400);
      if (this.#order.acts) await this.#takeLock();
      await act(this);
      await this.point("finish", 100);
      this.#unlock();
      this.#end({ result: this.#stopped === "no" ? "succeeded" : this.#stopped, killed: false });
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      await this.point("fail", 100);
      try {
        this.#unlock();
      } catch {
        // The backend is away: its lock stays behind.
      }
      const refused = thrown instanceof Refused ? thrown.code : undefined;
      this.#end({ result: this.#stopped === "no" ? "failed" : this.#stopped, killed: false, why, ...(refused === undefined ? {} : { refused }) });
    }
  }

  #end(end: Pick<RunEnd, "result" | "killed"> & Partial<RunEnd>): void {
    this.#settle({ refused: undefined, why: "", steps: this.steps, drift: this.drift, deadlineMs: this.#order.limits.deadlineMs, ...end });
    if (!end.killed) this.#on.host.end(this.process);
  }

  async #takeLock(): Promise<void> {
    const { backend, host } = this.#on;
    const { site, limits } = this.#order;
    if (!backend.states.has(site.pulumiStack)) throw new Refused("STACK_UNKNOWN", `the backend has no stack "${site.pulumiStack}"`);
    try {
      const own = backend.lock(site.pulumiStack, { pid: this.process.pid, user: "runner", host: host.name, since: host.now().toISOString() });
      this.#lock = own;
      await this.point("locked", 30);
      if (backend.locksOf(site.pulumiStack).length > 1) throw new Refused("STATE_LOCKED", "the stack's state is locked");
      this.#state = backend.states.get(site.pulumiStack) ?? this.#state;
      if (backend.listable) this.#tell(() => limits.onLock?.(own, this.process.session));
    } catch (thrown) {
      if (thrown instanceof BackendAway) throw new Refused("STATE_UNREACHABLE", thrown.message);
      throw thrown;
    }
  }

  #unlock(): void {
    if (this.#lock !== undefined) this.#on.backend.unlock(this.#lock);
    this.#lock = undefined;
  }

  /** In its runner's turn, in order; a runner that is dead is told nothing. */
  #tell(said: () => void): void {
    const { scheduler, runner } = this.#on;
    if (runner.state !== "dead") scheduler.post(runner, `told by ${this.process.pid}`, said);
  }

  #progress(told: Omit<EngineProgress, "stack">, isKept = false): void {
    const { limits, site } = this.#order;
    const mayBeMade = told.phase === "failed" && told.begun !== undefined && !isKept;
    if (mayBeMade) this.#on.onUnheard?.(told.urn, true);
    this.#tell(() => {
      if (mayBeMade) this.#on.onUnheard?.(told.urn, false);
      limits.onProgress?.({ stack: site.stack, ...told });
      if (told.phase === "done" && told.id !== undefined) this.#on.onTold?.(told.id);
    });
  }

  #save(state: State): void {
    this.#on.backend.write(this.writer, state);
    this.#state = state;
  }

  #begun(pending: Pending): void {
    this.#save({ ...this.#state, pending: [...this.#state.pending, pending] });
  }

  /** The end of an operation: its resource as it is now, and the one that it was. */
  #done(pending: Pending, change: { readonly add?: Resource; readonly drop?: Resource | undefined; readonly mark?: Resource }): void {
    const { add, drop, mark } = change;
    const isSame = (one: Resource, other: Resource | undefined): boolean => other !== undefined && one.urn === other.urn && one.id === other.id;
    const kept = this.#state.resources
      .filter((one) => !isSame(one, drop) && !isSame(one, add))
      .map((one) => (isSame(one, mark) ? { ...one, delete: true } : one));
    const resources = add === undefined ? kept : [...kept, add];
    this.#save({ resources, pending: this.#state.pending.filter((one) => one !== pending) });
  }

  readonly #replaced: Resource[] = [];

  #take(step: Step): Promise<void> {
    return this.#doing(() => this.#act(step));
  }

  async #doing(act: () => Promise<void>): Promise<void> {
    if (this.#stopped !== "no" || this.#failed !== undefined) return;
    try {
      await act();
    } catch (thrown) {
      this.#failed ??= thrown instanceof Error ? thrown.message : String(thrown);
    }
  }

  async #act(step: Step): Promise<void> {
    if (step.op === "create") await this.#create(step.declared, undefined, step);
    else if (step.op === "replace") {
      const { old } = step;
      await this.#create(step.declared, old, step);
      if (!goesFirst(step.declared, old)) this.#replaced.push(old);
    } else if (step.op === "update") await this.#update(step);
    else if (isForgetting(step)) this.#save({ ...this.#state, resources: this.#state.resources.filter((one) => one !== step.old) });
    else await this.#delete(step.old, step.old.delete === true ? "delete-replaced" : "delete", { step });
  }

  /** The provider's answer, or why there is none. `isHalf`: what it answers did not become ready. */
  async #asked<Answer>(
    { urn, wanted }: { readonly urn: string; readonly wanted?: Wanted },
    op: string,
    ask: () => Promise<Answer>,
  ): Promise<{ readonly answer: Answer; readonly isHalf: boolean }> {
    const isRefused = wanted !== undefined && this.#on.refuses?.(wanted) === true;
    const how = isRefused ? "refused" : this.#on.failing({ urn, op, process: this.process });
    if (how === "refused") {
      await this.point("cloud refuses", 500);
      throw new Error(`the cloud refused to ${op} ${urn}`);
    }
    if (how === "hang") await this.point("cloud hangs", 365 * 86_400_000);
    await this.point("cloud asked", this.#on.random.chance(0.06) ? this.#on.random.between(60_000, 600_000) : this.#on.random.between(100, 4_000));
    const answer = await ask();
    if (how === "unanswered") throw new Error("the provider has died");
    await this.point("cloud answered", 100);
    return { answer, isHalf: how === "half" };
  }

  /** What a creation is told with. Of a story without providers only one that failed is. */
  #asBegun(type: string): { readonly begun: Begun; readonly known: Pick<EngineProgress, "begun"> } {
    if (this.#on.isBare === true) return { begun: { type, provider: "simulated" }, known: {} };
    const { pulumiStack } = this.#order.site;
    const { root, provider } = scaffoldOf(pulumiStack);
    const begun = { type, provider: `${provider}::of ${pulumiStack}`, parent: root };
    return { begun, known: { begun } };
  }

  /** It is in the state, and its engine tells that it failed. */
  #notReady(about: Pick<EngineProgress, "urn" | "operation" | "begun">): never {
    this.#progress({ ...about, phase: "failed" }, true);
    throw new Error(`${about.urn} did not become ready`);
  }

  async #create(declared: Declared, replaced: Resource | undefined, step: Making): Promise<void> {
    const { urn, type } = declared;
    const operation = replaced === undefined ? "create" : "create-replacement";
    const isFirst = goesFirst(declared, replaced);
    if (replaced !== undefined && isFirst && replaced.pendingReplacement !== true)
      await this.#delete(replaced, "delete-replaced", { step, isForAnother: true });
    const inputs = inputsOf(declared, () => this.#on.random.hex(4));
    const pending: Pending = { type: "creating", resource: { urn, type, inputs } };
    this.#begun(pending);
    const { begun, known } = this.#asBegun(type);
    this.#progress({ urn, operation, phase: "started", ...known });
    const id = typeof inputs["name"] === "string" ? inputs["name"] : undefined;
    const asked = { urn, type, properties: inputs };
    let made: Thing | "taken";
    let isHalf: boolean;
    try {
      const replaces = replaced !== undefined && !isFirst;
      const ids = this.#state.resources.flatMap((one) => (one.urn === urn && one.id !== undefined ? [one.id] : []));
      ({ answer: made, isHalf } = await this.#asked(declared, operation, () => this.#on.cloud.create(this.writer, asked, { id, replaces, known: ids })));
      if (made === "taken") throw new Error(`${id} exists already`);
    } catch (thrown) {
      // Of a provider that said no nothing was made; one that died is told like it.
      this.#done(pending, {});
      this.#progress({ urn, operation, phase: "failed", begun });
      throw thrown;
    }
    this.#done(pending, {
      add: { urn, type, id: made.id, inputs, outputs: made.properties, created: this.#on.host.now().toISOString(), ...(isHalf ? { isHalf } : {}) },
      ...(isFirst ? { drop: replaced } : {}),
      ...(replaced === undefined || isFirst ? {} : { mark: replaced }),
    });
    this.steps.push({ ...step, id: made.id });
    if (isHalf) this.#notReady({ urn, operation, begun });
    this.#progress({ urn, operation, phase: "done", id: made.id, ...known });
  }

  async #update({ declared, old }: Extract<Step, { op: "update" }>): Promise<void> {
    const { urn, type } = declared;
    const inputs = { ...old.inputs, shape: declared.wanted.shape, revision: declared.wanted.revision };
    const pending: Pending = { type: "updating", resource: old };
    this.#begun(pending);
    this.#progress({ urn, operation: "update", phase: "started" });
    const id = old.id ?? "";
    let now: Thing | undefined;
    let isHalf: boolean;
    try {
      ({ answer: now, isHalf } = await this.#asked(declared, "update", () => this.#on.cloud.update(this.writer, id, { urn, type, properties: inputs })));
      if (now === undefined) throw new Error(`${id} is gone`);
    } catch (thrown) {
      this.#done(pending, {});
      this.#progress({ urn, operation: "update", phase: "failed" });
      throw thrown;
    }
    const { isHalf: _, ...was } = old;
    this.#done(pending, { drop: old, add: { ...was, inputs, outputs: now.properties, ...(isHalf ? { isHalf } : {}) } });
    this.steps.push({ op: "update", declared, old });
    if (isHalf) this.#notReady({ urn, operation: "update" });
    this.#progress({ urn, operation: "update", phase: "done", id });
  }

  async #delete(
    old: Resource,
    operation: "delete" | "delete-replaced",
    { step, isForAnother = false }: { readonly step?: Step; readonly isForAnother?: boolean } = {},
  ): Promise<void> {
    const { urn, id = "" } = old;
    const pending: Pending = { type: "deleting", resource: old };
    this.#begun(pending);
    this.#progress({ urn, operation, phase: "started" });
    try {
      await this.#asked({ urn }, operation, () => this.#on.cloud.delete(this.writer, { id, urn }));
    } catch (thrown) {
      this.#done(pending, {});
      this.#progress({ urn, operation, phase: "failed" });
      throw thrown;
    }
    this.#done(pending, { drop: old, ...(isForAnother ? { add: { ...old, pendingReplacement: true } } : {}) });
    if (step !== undefined) this.steps.push(step);
    this.#progress({ urn, operation, phase: "done", id });
  }
}
