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

/** Knows no lock as its own. */
class Lockless extends SimEngine {
  override async locks(): ReturnType<SimEngine["locks"]> {
    return [];
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
} as const satisfies Record<string, Without>;

export type Control = keyof typeof controls;
