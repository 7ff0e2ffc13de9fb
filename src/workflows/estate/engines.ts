import { join } from "node:path";
import type { Machine } from "../../base/process/index.ts";
import { openEngine, type Confinement, type Engine } from "../../adapters/engine/index.ts";
import type { Environment } from "../../domain/environments/index.ts";

const trueupRoot = join(import.meta.dirname, "../../..");

interface EngineSurroundings {
  readonly machine: Machine;
  readonly work: string;
  readonly confinement?: Confinement;
}

/** Loaded where it is asked for: most environments are of other clouds. */
async function sandboxIn(work: string): Promise<Pick<Parameters<typeof openEngine>[0], "sandbox" | "isGuessed">> {
  const { isGuessedRule } = await import("../../satellites/sandbox-cloud/index.ts");
  return { sandbox: { store: join(work, "cloud"), sdk: join(trueupRoot, "node_modules") }, isGuessed: isGuessedRule };
}

/** An engine per kind of cloud, opened when it is first asked for. Engines with a confinement share no process with those without. */
export class Engines {
  readonly #at: EngineSurroundings;
  readonly #opened = new Map<string, Promise<Engine>>();

  constructor(at: EngineSurroundings) {
    this.#at = at;
  }

  engine({ cloud, engine }: Pick<Environment, "cloud" | "engine">): Promise<Engine> {
    const key = `${cloud} ${engine.programHost}`;
    const known = this.#opened.get(key);
    if (known !== undefined) return known;
    const opened = this.#open({ cloud, engine });
    this.#opened.set(key, opened);
    return opened;
  }

  async #open({ cloud, engine }: Pick<Environment, "cloud" | "engine">): Promise<Engine> {
    const { machine, work, confinement } = this.#at;
    return openEngine({
      machine,
      work: join(work, "engine"),
      cache: machine.cache,
      programHost: engine.programHost,
      pulumi: machine.variable("TRUEUP_ENGINE"),
      confinement,
      ...(cloud === "sandbox" ? await sandboxIn(work) : {}),
    });
  }

  async close(): Promise<void> {
    const all = [...this.#opened.values()];
    this.#opened.clear();
    await Promise.allSettled(all.map(async (each) => (await each).close()));
  }
}
