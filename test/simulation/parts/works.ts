import { applyEnvironment } from "../../../src/workflows/apply/index.ts";
import { detectDrift, fixDrift } from "../../../src/workflows/drift/index.ts";
import { rebuildEnvironment, type RebuildRequest } from "../../../src/workflows/rebuild/index.ts";
import { environmentName } from "./programs.ts";
import type { Stage } from "./stage.ts";
import type { Runner } from "./world.ts";

/** What a runner does on behalf of somebody: the workflows themselves. Each answers how it ended, in words. */
export class Works {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** `passes`: guards that a person lets this one pass. */
  async apply(runner: Runner, passes: readonly string[] = []): Promise<string> {
    const overrides = passes.length === 0 ? {} : { overrides: { guards: passes, reason: "an empty one will do" } };
    const request = { environment: environmentName, all: false, signal: runner.stop.signal, ...overrides };
    const work = applyEnvironment(runner.estate, request).then(({ end, problem }) => {
      this.#stage.todo = problem?.todo ?? "";
      return problem === undefined ? end : `${end} ${problem.code}`;
    });
    return this.#ended(await this.#stage.does(runner, work));
  }

  /** Looks for what somebody did by hand, and puts it back. */
  async fix(runner: Runner): Promise<string> {
    const { world } = this.#stage;
    const request = { environment: environmentName, signal: runner.stop.signal };
    const work = async (): Promise<string> => {
      const detection = await detectDrift(runner.estate, request);
      world.repairing.set(runner.process, new Set(detection.stacks.flatMap(({ findings }) => findings.map(({ urn }) => urn))));
      const { repaired, problem } = await fixDrift(runner.estate, request, { detection });
      return `put back in ${repaired.length} stacks${problem === undefined ? "" : `, ${problem.code}`}`;
    };
    const said = await this.#stage.does(runner, work());
    world.repairing.delete(runner.process);
    return this.#ended(`drift: ${said}`);
  }

  /** Makes again what is lost; somebody says yes to the plan after `thinksMs`. */
  async rebuild(runner: Runner, asked: Pick<RebuildRequest, "said" | "gone" | "overrides" | "stacks">, thinksMs: number): Promise<string> {
    const { world } = this.#stage;
    const request: RebuildRequest = {
      environment: environmentName,
      dryRun: false,
      ...asked,
      ask: async () => {
        await world.scheduler.point(runner.process, "asked", thinksMs);
        return { by: "ann", how: "terminal", reason: "it is lost" };
      },
      signal: runner.stop.signal,
    };
    world.rebuilding.add(runner.process);
    const work = rebuildEnvironment(runner.estate, request).then(({ report, problem }) => {
      this.#stage.todo = problem?.todo ?? "";
      return problem === undefined ? report.result : `${report.result} ${problem.code}`;
    });
    const said = await this.#stage.does(runner, work);
    world.rebuilding.delete(runner.process);
    return this.#ended(`rebuild: ${said}`);
  }

  #ended(said: string): string {
    this.#stage.ends.push(said);
    return said;
  }
}
