import type { EngineOutcome } from "../../../src/adapters/engine/index.ts";
import { SimEngine } from "./engine.ts";
import { SimRepository } from "./git.ts";
import type { Without } from "./world.ts";

const environmentFile = "environment.json";

/** Sees no lease but its own: whoever comes may go on. */
class Leaseless extends SimRepository {
  #own: unknown = null;

  override write(options: Parameters<SimRepository["write"]>[0]): Promise<string> {
    const text = options.files[environmentFile];
    if (typeof text === "string") this.#own = (JSON.parse(text) as { lease: unknown }).lease;
    return super.write(options);
  }

  override async read(treeish: string, path: string): Promise<Buffer | undefined> {
    const content = await super.read(treeish, path);
    if (content === undefined || path !== environmentFile) return content;
    return Buffer.from(JSON.stringify({ ...(JSON.parse(String(content)) as object), lease: this.#own }));
  }
}

/** Says of no operation that it never ended. */
class Gateless extends SimEngine {
  override async exportState(site: Parameters<SimEngine["exportState"]>[0]): ReturnType<SimEngine["exportState"]> {
    return { ...(await super.exportState(site)), pending: [] };
  }
}

/** The same to whoever rebuilds, and to nobody else. */
class RebuildsGateless extends SimEngine {
  override async exportState(site: Parameters<SimEngine["exportState"]>[0]): ReturnType<SimEngine["exportState"]> {
    const state = await super.exportState(site);
    return this.isRebuilding() ? { ...state, pending: [] } : state;
  }
}

/** Tells whoever rebuilds of nothing that the program wants and the state does not have: it is not looked for. */
class TakesNothing extends SimEngine {
  override async preview(...asked: Previewing): Promise<EngineOutcome> {
    return { ...(await super.preview(...asked)), makes: [] };
  }
}

/** Knows no lock as its own. */
class Lockless extends SimEngine {
  override async locks(): ReturnType<SimEngine["locks"]> {
    return [];
  }
}

type Previewing = Parameters<SimEngine["preview"]>;

/** Says of nothing that would go that it would. */
function harmless(outcome: EngineOutcome): EngineOutcome {
  const resources = outcome.changes.resources.map((one) => (["delete", "replace"].includes(one.operation) ? { ...one, operation: "update" as const } : one));
  return { ...outcome, changes: { ...outcome.changes, resources } };
}

/** Shows whoever takes a stack back nothing that would go. */
class BackBlind extends SimEngine {
  override async preview(...asked: Previewing): Promise<EngineOutcome> {
    const outcome = await super.preview(...asked);
    return this.isGoingBack(asked[0].stack) ? harmless(outcome) : outcome;
  }
}

/** Shows whoever applies nothing that would go. */
class ForwardBlind extends SimEngine {
  override async preview(...asked: Previewing): Promise<EngineOutcome> {
    const outcome = await super.preview(...asked);
    return this.isGoingBack(asked[0].stack) ? outcome : harmless(outcome);
  }
}

/** A second look at the same commit of a stack shows what the first one did, whatever was applied in between. */
class LooksOnce extends SimEngine {
  readonly #seen = new Map<string, EngineOutcome>();

  override async preview(...asked: Previewing): Promise<EngineOutcome> {
    const [{ stack, directory }] = asked;
    const key = `${stack} ${directory}`;
    const outcome = this.#seen.get(key) ?? (await super.preview(...asked));
    this.#seen.set(key, outcome);
    return outcome;
  }

  override async up(...asked: Parameters<SimEngine["up"]>): Promise<EngineOutcome> {
    for (const key of this.#seen.keys()) if (key.startsWith(`${asked[0].stack} `)) this.#seen.delete(key);
    return super.up(...asked);
  }
}

/** Finds nothing in the ledger that failed and is not to be tried again. */
class Vetoless extends SimRepository {
  override async read(treeish: string, path: string): Promise<Buffer | undefined> {
    const content = await super.read(treeish, path);
    if (content === undefined || path !== environmentFile) return content;
    const record = JSON.parse(String(content)) as { readonly vetoes: readonly { readonly state?: string }[] };
    return Buffer.from(JSON.stringify({ ...record, vetoes: record.vetoes.filter(({ state }) => state === "rollingBack") }));
  }
}

/** Guards of the product, each taken away by putting the simulated parts together otherwise. */
export const controls = {
  gate: { engine: (ground) => new Gateless(ground) },
  lease: { repository: (...[remote, mirror, line]) => new Leaseless(remote, mirror, line) },
  "kill before takeover": { host: (host) => ({ ...host, processes: { ...host.processes, members: () => [], kill: async () => true } }) },
  "own lock": { engine: (ground) => new Lockless(ground) },
  "step journal": {
    host: (host) => ({
      ...host,
      files: { ...host.files, append: (path, line) => (line.startsWith('{"step"') ? undefined : host.files.append(path, line)) },
    }),
  },
  "re-judging": { engine: (ground) => new LooksOnce(ground) },
  "rollback guard": { engine: (ground) => new BackBlind(ground) },
  "destroy guard": { engine: (ground) => new ForwardBlind(ground) },
  "identity check": { hidesCloud: true },
  veto: { repository: (...[remote, mirror, line]) => new Vetoless(remote, mirror, line) },
  "taking in": { engine: (ground) => new TakesNothing(ground) },
  "gate before a rebuild": { engine: (ground) => new RebuildsGateless(ground) },
} as const satisfies Record<string, Without>;

export type Control = keyof typeof controls;
