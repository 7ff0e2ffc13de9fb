import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Told } from "../journeys/estate.ts";
import { isAt, type PointName } from "./points.ts";
import { cloudFile, ledgerFolder, locksIn, pushesFile, refFile, type World } from "./world.ts";

/** What can be seen from outside of one runner since it was started. */
export interface Sight {
  /** Standard error so far. */
  readonly said: string;
  /** How often the ledger's branch moved. */
  readonly moves: number;
  /** How many pushes to the ledger's branch the remote has begun to receive. */
  readonly pushes: number;
  /** Sessions of engines that it noted, and of those the ones that act on a stack. */
  readonly engines: readonly number[];
  readonly acting: readonly number[];
  /** When it noted its first engine, milliseconds since 1970. */
  readonly firstEngineAt: number | undefined;
  readonly locks: number;
  /** Operations of the cloud that began, and that were made. */
  readonly begun: number;
  readonly committed: number;
}

const lookEveryMs = 8;

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

interface Noted {
  readonly holder?: { readonly pid: number };
  readonly session?: number;
  readonly stack?: string;
  readonly at?: number;
}

function journalOf(world: World, pid: number): readonly Noted[] {
  const folder = ledgerFolder(world);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith("dev.sessions-")) : [];
  for (const name of names) {
    const lines = textOf(join(folder, name))
      .split("\n")
      .flatMap((line): Noted[] => {
        try {
          return [JSON.parse(line) as Noted];
        } catch {
          return [];
        }
      });
    if (lines[0]?.holder?.pid === pid) return lines;
  }
  return [];
}

/** One `trueup apply dev`, watched from its start to its end. */
export class Runner {
  readonly startedAt = Date.now();
  readonly ended: Promise<Told>;
  pid = 0;
  isOver = false;
  #said = "";
  #moves = 0;
  #head: string;
  #noted: readonly Noted[] = [];
  readonly #world: World;
  readonly #cloudFrom: number;
  readonly #pushesFrom: number;

  constructor(world: World, args: readonly string[], variables: Readonly<Record<string, string>>) {
    this.#world = world;
    this.#head = textOf(refFile(world));
    this.#cloudFrom = sizeOf(cloudFile(world));
    this.#pushesFrom = sizeOf(pushesFile(world));
    const run = world.home.run(args, {
      // On a machine that is busy with other things everything takes long: that is no fault.
      deadlineMs: 15 * 60_000,
      variables: { TMPDIR: world.tmp, ...variables },
      onPid: (pid) => (this.pid = pid),
      onErr: (text) => (this.#said += text),
    });
    this.ended = run.finally(() => (this.isOver = true));
    void this.#watch();
  }

  sight(): Sight {
    const lines = textOf(cloudFile(this.#world)).slice(this.#cloudFrom);
    const count = (phase: string): number => lines.split(`"phase":"${phase}"`).length - 1;
    const engines = this.#noted.filter(({ session }) => session !== undefined);
    return {
      said: this.#said,
      moves: this.#moves,
      pushes: sizeOf(pushesFile(this.#world)) - this.#pushesFrom,
      engines: engines.flatMap(({ session }) => session ?? []),
      acting: engines.flatMap(({ session, stack }) => (stack === undefined || session === undefined ? [] : [session])),
      firstEngineAt: engines[0]?.at,
      locks: locksIn(this.#world).length,
      begun: count("begin"),
      committed: count("commit"),
    };
  }

  /** Waits for a moment; false when the runner was over before. */
  async reaches(point: PointName, nth: number): Promise<boolean> {
    return this.until((sight) => isAt(point, sight, nth));
  }

  async until(isSo: (sight: Sight) => boolean): Promise<boolean> {
    while (!this.isOver) {
      if (this.pid !== 0 && isSo(this.sight())) return true;
      await sleep(lookEveryMs);
    }
    return false;
  }

  async #watch(): Promise<void> {
    while (!this.isOver) {
      const head = textOf(refFile(this.#world));
      if (head !== "" && head !== this.#head) this.#moves += 1;
      this.#head = head;
      const noted = journalOf(this.#world, this.pid);
      // Its journal goes with the lease: what was seen last stays.
      if (noted.length > this.#noted.length) this.#noted = noted;
      await sleep(lookEveryMs);
    }
  }
}
