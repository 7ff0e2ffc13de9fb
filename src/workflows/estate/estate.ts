import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../base/clock/index.ts";
import { thisHost, type Host } from "../../base/host/index.ts";
import type { Machine } from "../../base/process/index.ts";
import { lookAtClone, openRepository, type Repository } from "../../adapters/git/index.ts";
import type { Confinement, Engine } from "../../adapters/engine/index.ts";
import { openPrograms, type Programs, type Tree } from "../../adapters/programs/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import { sandboxList, type CloudList } from "./cloud-list.ts";
import { deadlinesOf, type Deadlines } from "./deadlines.ts";
import { Engines } from "./engines.ts";
import { gitCredentials, signingKey } from "./git-credentials.ts";
import type { Observer } from "./observer.ts";

/** One clone opened for work: its remote's mirror, its programs, an engine per kind of cloud. */
export interface Estate {
  /** Top folder of the clone that trueup was started in. */
  readonly root: string;
  /** Private folder of this clone, `<root>/.trueup`: mirror, file backend, sandbox cloud, backups. Never committed. */
  readonly work: string;
  readonly machine: Machine;
  /** Where this process runs, its private files and processes. */
  readonly host: Host;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly observe: Observer;
  readonly repository: Repository;
  readonly programs: Programs;
  /** The engine for an environment: sandbox environments get providers of the sandbox cloud, and only they. */
  engine(environment: Pick<Environment, "cloud" | "engine">): Promise<Engine>;
  /**
   * Starts the engine and its satellites for an environment that is known only from its record (undefined: not at all), while its files are still
   * being read. A wrong guess costs a process and nothing else. Does not wait.
   */
  warm(cloud: string | undefined): void;
  /** What the cloud of an environment says that creations made, where it can say. */
  cloudList(environment: Pick<Environment, "cloud">): CloudList;
  /** The same clone, with engines of its own whose user code runs in a worker with no more than this; closing it closes those. */
  apart(confinement: Confinement): Estate;
  /** With what user code is run here, where that is less than what this process has. */
  readonly confinement?: Confinement;
  /** Ends engines with their satellites; the next one that is asked for starts them anew. Only while none is at work. */
  rest(): Promise<void>;
  close(): Promise<void>;
}

export interface EstateOptions {
  readonly directory: string;
  readonly machine: Machine;
  readonly clock: Clock;
  readonly observe?: Observer;
}

/** Where a clone's private folder has the mirror of its remote. */
export function mirrorOf(work: string): string {
  return join(work, "mirror.git");
}

export async function openEstate(options: EstateOptions): Promise<Estate> {
  const { machine, clock } = options;
  const deadlines = deadlinesOf(machine);
  const clone = await lookAtClone(options.directory, "origin", machine);
  const work = join(clone.root, ".trueup");
  await mkdir(work, { recursive: true });
  const credentials = gitCredentials(machine);
  const key = signingKey(machine);
  const repository = await openRepository({
    remote: clone.remote,
    mirror: mirrorOf(work),
    machine,
    ...(deadlines.fetchMs === undefined ? {} : { deadlines: { fetchMs: deadlines.fetchMs } }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(key === undefined ? {} : { signingKey: key }),
  });
  const programs = openPrograms({ machine, work: join(work, "programs"), checkout: clone.root });
  const observe = options.observe ?? (() => undefined);
  const engines = new Engines({ machine, work });
  const cloudList = sandboxList({ work, clock, host: thisHost });
  const clonePart = { root: clone.root, work, machine, host: thisHost, clock, deadlines, observe, repository, programs, cloudList };
  const apart = (confinement: Confinement): Estate => {
    const own = new Engines({ machine, work, confinement });
    // A worker begins with the commit that it is for.
    const end = (): Promise<void> => own.close();
    return { ...clonePart, confinement, engine: (environment) => own.engine(environment), warm: () => undefined, apart, rest: end, close: end };
  };
  const warm = (cloud: string | undefined): void => {
    if (cloud !== "sandbox" && cloud !== "real") return;
    // What goes wrong here goes wrong again, and is told, where the engine is needed.
    void engines.engine({ cloud, engine: { programHost: "auto" } }).then(
      (opened) => opened.warm(),
      () => undefined,
    );
  };
  const close = async (): Promise<void> => {
    await Promise.allSettled([engines.close(), programs.close(), repository.close()]);
  };
  return { ...clonePart, engine: (environment) => engines.engine(environment), warm, apart, rest: () => engines.close(), close };
}

/** Read access to the tree of a commit, in the form that programs are read in. Known by the tree's own id, so that what two commits share is read once. */
export async function treeOf(repository: Repository, treeish: string): Promise<Tree> {
  const id = await repository.tree(treeish);
  return {
    id,
    list: (path) => repository.list(id, path),
    read: (path) => repository.read(id, path),
    materialise: (paths, directory) => repository.materialise(id, paths, directory),
  };
}
