import type { StackSite, StateSummary } from "../../../src/adapters/engine/index.ts";
import { Problem } from "../../../src/base/problem/index.ts";
import { applyEnvironment, type ApplyResult } from "../../../src/workflows/apply/index.ts";
import type { EnvironmentRecord } from "../../../src/workflows/ledger/index.ts";
import { filesOf } from "./commits.ts";
import { SimEngine, type EngineGround } from "./engine.ts";
import { anchorOf, type Model, type Wanted } from "./model.ts";
import { environmentName } from "./programs.ts";
import { Stage } from "./stage.ts";
import { branchRef, World, type Runner } from "./world.ts";

/** Of some stacks the states cannot be reached. */
class PartlyAway extends SimEngine {
  readonly #away: ReadonlySet<string>;

  constructor(ground: EngineGround, away: ReadonlySet<string>) {
    super(ground);
    this.#away = away;
  }

  override exportState(site: StackSite): Promise<StateSummary> {
    if (!this.#away.has(site.stack)) return super.exportState(site);
    throw new Problem("STATE_UNREACHABLE", {
      what: `the backend of ${site.stack} cannot be reached`,
      on: site.pulumiStack,
      todo: "Run the same command again.",
    });
  }
}

/** How an apply ended, in one line, and what it did to stacks. */
export interface Told {
  readonly end: string;
  /** `side good`: stacks that the run began. */
  readonly stacks: readonly string[];
  readonly result: ApplyResult | undefined;
  readonly problem: Problem | undefined;
}

type Progress = Parameters<Runner["estate"]["observe"]>[0];

const first: Model = Object.fromEntries(["base", "app", "side"].map((stack) => [stack, { [anchorOf(stack)]: { shape: 1, revision: 1, named: "cloud" } }]));

/** Two teams in one simulated environment, whose commits and troubles are told and not drawn: `base` with `app` that depends on it, and `side`. */
export class Teams {
  /** Told what becomes of each stack, as it happens. */
  onStack: (stack: string, state: string) => void = () => undefined;
  /** Stacks whose state nobody reaches. */
  readonly away = new Set<string>();
  readonly world: World;
  readonly #stage: Stage;
  #model = first;

  constructor() {
    const shape = { hosts: 1, runners: 1, lists: false, listableLocks: true };
    this.world = new World(1, { shape, faults: [], without: { engine: (ground) => new PartlyAway(ground, this.away) }, tells: true, isBare: true });
    this.#stage = new Stage(this.world);
  }

  /** Pushes a commit in which the anchors of some stacks are otherwise; its id. */
  push(message: string, changes: Readonly<Record<string, Partial<Wanted>>> = {}): string {
    const changed = Object.entries(changes).map(([stack, change]) => {
      const { wrong: _, ...was } = this.#model[stack]?.[anchorOf(stack)] ?? { shape: 1, revision: 1, named: "cloud" as const };
      return [stack, { [anchorOf(stack)]: { ...was, ...change } }] as const;
    });
    this.#model = { ...this.#model, ...Object.fromEntries(changed) };
    return this.world.remote.push(branchRef, { files: filesOf(this.#model), message, at: new Date(this.world.host(0).now()) });
  }

  /** Somebody sets the branch back by force. */
  setBack(to: string): void {
    this.world.remote.refs.set(branchRef, to);
  }

  /** Does something as a process of its own, to its end. */
  async does<T>(work: (runner: Runner) => Promise<T>): Promise<T> {
    const runner = this.world.runner(0);
    const { observe } = runner.estate;
    const watched = { ...runner.estate, observe: (progress: Progress) => this.#saw(progress, observe) };
    const done = work({ ...runner, estate: watched });
    await this.#stage.until(done.catch(() => undefined));
    const value = await done.finally(() => runner.host.end(runner.process));
    // What it started is over with it.
    await this.#stage.until(this.#stage.pause(60_000));
    return value;
  }

  #saw(progress: Progress, observe: (progress: Progress) => void): void {
    if (progress.kind === "stack") this.onStack(progress.stack, progress.state);
    observe(progress);
  }

  async apply(): Promise<Told> {
    const ended = await this.does(({ estate }) =>
      applyEnvironment(estate, { environment: environmentName, all: false }).catch((thrown: unknown) => {
        if (thrown instanceof Problem) return thrown;
        throw thrown;
      }),
    );
    if (ended instanceof Problem) return { end: `raised ${ended.code}`, stacks: [], result: undefined, problem: ended };
    const stacks = ended.stacks.filter(({ result }) => result !== "skipped").map(({ affected, result }) => `${affected.stack.name} ${result}`);
    return { end: ended.problem === undefined ? ended.end : `${ended.end} ${ended.problem.code}`, stacks, result: ended, problem: ended.problem };
  }

  get record(): EnvironmentRecord {
    const found = this.world.recorded.at(-1)?.record;
    if (found === undefined) throw new Error("the ledger is empty");
    return found;
  }

  /** What the ledger's newest commit says. */
  get sentence(): string {
    const { recorded, remote } = this.world;
    return remote.objects.commits.get(recorded.at(-1)?.head ?? "")?.subject ?? "";
  }

  /** Stack → the commit that is live and how its last attempt ended. */
  get live(): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(this.record.stacks).map(([name, { lastGood, result }]) => [name, `${lastGood?.commit ?? "nothing"} ${result}`]));
  }
}
