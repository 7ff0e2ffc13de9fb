import { dirname } from "node:path";
import type { Files, Here, Host, Processes } from "../../../src/base/host/index.ts";
import type { Random } from "./random.ts";
import type { Actor, Scheduler } from "./scheduler.ts";

/** A process of a simulated host; an engine leads a session of its own. */
export interface SimProcess extends Actor {
  readonly pid: number;
  readonly startTicks: number;
  readonly session: number;
  /** Called when it ends by itself or is killed. */
  readonly onDeath: () => void;
}

const ticksPerMs = 0.1;

/** One machine: its processes, its files, its clocks. */
export class SimHost {
  readonly name: string;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #epochMs: number;
  readonly files = new Map<string, string>();
  readonly #folders = new Set<string>();
  /** What is not on the disk yet: how long each file was when it was last synced. */
  readonly #synced = new Map<string, number>();
  readonly #processes = new Map<number, SimProcess>();
  #nextPid = 1000;
  #boot = 1;
  #bootedMs: number;
  /** How far the wall clock is off. */
  skewMs = 0;

  constructor(name: string, world: { readonly scheduler: Scheduler; readonly random: Random; readonly epochMs: number }) {
    this.name = name;
    this.#scheduler = world.scheduler;
    this.#random = world.random;
    this.#epochMs = world.epochMs;
    this.#bootedMs = -3_600_000;
  }

  now(): Date {
    return new Date(this.#epochMs + this.#scheduler.nowMs + this.skewMs);
  }

  start(name: string, kind: SimProcess["kind"], onDeath: () => void): SimProcess {
    this.#nextPid += 1 + this.#random.below(3);
    const pid = this.#nextPid;
    const startTicks = Math.floor((this.#scheduler.nowMs - this.#bootedMs) * ticksPerMs);
    const process: SimProcess = { name, kind, state: "running", pid, startTicks, session: pid, onDeath };
    this.#processes.set(pid, process);
    return process;
  }

  /** It is gone at once; nothing of it goes on. */
  end(process: SimProcess): void {
    if (process.state === "dead") return;
    process.state = "dead";
    this.#processes.delete(process.pid);
    this.#scheduler.forget(process);
    process.onDeath();
  }

  living(): readonly SimProcess[] {
    return [...this.#processes.values()];
  }

  find(pid: number): SimProcess | undefined {
    return this.#processes.get(pid);
  }

  /** The power fails: every process is gone, and so are lines that no one synced. */
  reboot(): void {
    for (const process of this.living()) this.end(process);
    for (const [path, text] of this.files) this.files.set(path, text.slice(0, this.#synced.get(path) ?? text.length));
    this.#boot += 1;
    this.#bootedMs = this.#scheduler.nowMs;
  }

  /** The host as one of its processes has it. */
  as(process: SimProcess): Host {
    const here: Here = { boot: `${this.name}-boot-${this.#boot}`, pidNamespace: `${this.name}-pids` };
    const processes: Processes = {
      self: () => ({ pid: process.pid, startTicks: process.startTicks }),
      here: () => here,
      uptimeS: () => (this.#scheduler.nowMs - this.#bootedMs) / 1000,
      facts: (pid) => {
        const found = this.#processes.get(pid);
        return found === undefined ? undefined : { state: found.state === "paused" ? "T" : "S", startTicks: found.startTicks };
      },
      members: (session) => (this.#processes.has(session) ? [session] : []),
      kill: async (session) => {
        await this.#scheduler.point(process, "kill", 20);
        const found = this.#processes.get(session);
        if (found !== undefined) this.end(found);
        return true;
      },
    };
    return { files: this.#filesOf(process), processes, random: (bytes) => this.#random.hex(bytes) };
  }

  /** Of a file, with all above it. */
  #makeFolder(path: string): void {
    for (let folder = dirname(path); !this.#folders.has(folder) && folder !== dirname(folder); folder = dirname(folder)) this.#folders.add(folder);
  }

  #filesOf(process: SimProcess): Files {
    const point = (label: string): Promise<void> => this.#scheduler.point(process, label, 0);
    return {
      read: async (path) => this.files.get(path),
      list: async (folder) => {
        const start = `${folder}/`;
        const names = [...this.files.keys(), ...this.#folders].filter((path) => path.startsWith(start)).map((path) => path.slice(start.length));
        return names.filter((name) => !name.includes("/")).sort();
      },
      write: async (path, text) => {
        await point("write file");
        this.#makeFolder(path);
        this.files.set(path, text);
        this.#synced.delete(path);
      },
      prepare: (path) => this.#makeFolder(path),
      append: (path, line) => {
        if (!this.#folders.has(dirname(path))) throw new Error(`${dirname(path)} is not there`);
        const before = this.files.get(path) ?? "";
        if (!this.#synced.has(path)) this.#synced.set(path, before.length);
        this.files.set(path, `${before}${line}\n`);
      },
      sync: (path) => {
        if (!this.files.has(path)) throw new Error(`${path} is not there`);
        this.#synced.delete(path);
      },
      syncSoon: (path) => this.#scheduler.later(200, () => void this.#synced.delete(path)),
      remove: async (path) => {
        await point("remove file");
        this.files.delete(path);
        this.#synced.delete(path);
      },
    };
  }
}
