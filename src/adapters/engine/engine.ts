import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { Problem } from "../../base/problem/index.ts";
import { Secret } from "../../base/secret/index.ts";
import type { Unended } from "../../domain/recovery/index.ts";
import { callCli, type CliSettings } from "./cli.ts";
import { copiesOf } from "./copies.ts";
import { goingOn, sparing } from "./half-way.ts";
import type { ProgramHost } from "./language-host.ts";
import type { Located } from "./locate.ts";
import { operate, type Operation } from "./operation.ts";
import { keptState } from "./kept-state.ts";
import { locksOf, removeLockFile } from "./locks.ts";
import { OwnLock } from "./own-lock.ts";
import { withUnended } from "./pending.ts";
import type { Among, Begun, Engine, EngineLock, EngineOutcome, Mend, ReadBack, RunLimits, StackSite, StateCopy, StateSummary } from "./port.ts";
import { copyProject } from "./project-copy.ts";
import { readBack } from "./read-back.ts";
import type { RunCall } from "./run.ts";
import type { Satellites } from "./satellites.ts";
import { absentState, rawOutputs, readExport, summaryOf, type Exported } from "./state.ts";
import { isBag, isSecret, revealed } from "./wire.ts";
import { withoutSecrets } from "./worker/carry.ts";
import { previewConfined } from "./worker/preview.ts";
import { openRoom, roomKey, type Confinement, type WorkerRoom } from "./worker/room.ts";

export type EngineControls = Pick<RunCall, "keepDebug" | "tamper" | "unscrubbed">;

export interface EngineParts {
  readonly located: Located;
  readonly satellites: Satellites;
  readonly cli: CliSettings;
  /** Everything of this engine that is removed by close. */
  readonly room: string;
  readonly programHost: ProgramHost;
  readonly sandbox: boolean;
  readonly isGuessed: (type: string, path: string) => boolean;
  readonly controls: EngineControls;
  readonly confinement: Confinement | undefined;
}

type Find = (site: StackSite) => Promise<{ readonly state: Exported; readonly raw: string } | undefined>;

const historyEntry = z.looseObject({ kind: z.string(), result: z.string().optional(), startTime: z.string() });

/** Secrets of a decrypted export as Secret, at any depth. A secret text stays that text; anything else is its JSON. */
function wrapped(value: unknown): unknown {
  if (isSecret(value)) {
    const plain = revealed(value);
    return new Secret(typeof plain === "string" ? plain : JSON.stringify(plain));
  }
  if (Array.isArray(value)) return value.map(wrapped);
  return isBag(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, wrapped(item)])) : value;
}

/** Implements the port on the real CLI; each call is one process, or two. */
export class RealEngine implements Engine {
  readonly #parts: EngineParts;
  readonly #rooms = new Map<string, Promise<WorkerRoom>>();

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  async version(): Promise<string> {
    return this.#parts.located.version;
  }

  async init(site: StackSite): Promise<void> {
    if (site.backend.startsWith("file://")) await mkdir(fileURLToPath(site.backend.replace(/\?.*$/, "")), { recursive: true });
    if ((await this.#find(site)) !== undefined) return;
    await this.#call(site, "stack", "init", site.pulumiStack, "--no-select");
  }

  warm(): void {
    // A worker begins with the commit that it is for.
    if (this.#parts.confinement !== undefined) return;
    const { satellites, programHost } = this.#parts;
    const starting: Promise<unknown>[] = [...(programHost === "pulumi" ? [] : [satellites.host()]), satellites.providers(), satellites.launchers()];
    void Promise.allSettled(starting);
  }

  preview(site: StackSite, options: RunLimits & { readonly live: boolean; readonly known?: StateSummary }): Promise<EngineOutcome> {
    const operation: Operation = { command: "preview", flags: options.live ? ["--refresh"] : ["--refresh=false"], previewOnly: true, program: true };
    const { known } = options;
    if (known === undefined) return this.#operate(site, options, operation);
    const found = known.exists ? { state: readExport(known.deployment, site), raw: known.deployment } : undefined;
    return this.#operate(site, options, { ...operation, find: async () => found });
  }

  async up(
    site: StackSite,
    { refresh, known, targets = [], excludes = [], ...options }: RunLimits & Among & { readonly refresh: boolean; readonly known?: StateSummary },
  ): Promise<EngineOutcome> {
    if (known === undefined || known.freed.length > 0) await this.#spare(site, options);
    const among = [...targets.flatMap((urn) => ["--target", urn]), ...excludes.flatMap((urn) => ["--exclude", urn])];
    const flags = [`--refresh=${refresh}`, ...among];
    return this.#operate(site, options, { command: "up", flags: ["--yes", "--skip-preview", ...flags], previewOnly: false, program: true });
  }

  refresh(site: StackSite, options: RunLimits & { readonly previewOnly: boolean }): Promise<EngineOutcome> {
    return this.#operate(site, options, { command: "refresh", flags: acting(options.previewOnly), previewOnly: options.previewOnly, program: false });
  }

  destroy(site: StackSite, options: RunLimits & { readonly previewOnly: boolean }): Promise<EngineOutcome> {
    return this.#operate(site, options, { command: "destroy", flags: acting(options.previewOnly), previewOnly: options.previewOnly, program: false });
  }

  async exportState(site: StackSite): Promise<StateSummary> {
    const found = await this.#find(site);
    return found === undefined ? absentState : summaryOf(found.state, found.raw);
  }

  async importState(site: StackSite, deployment: string, notes: Pick<RunLimits, "onSession" | "mayAct" | "onLock" | "onUnlock"> = {}): Promise<void> {
    readExport(deployment, site);
    const lock = new OwnLock({ site, limits: notes, locks: true });
    const onSession = (session: number): void => {
      lock.begin(session);
      notes.onSession?.(session);
    };
    await this.#inCopy(site, async (cli, directory) => {
      const file = join(directory, "state.json");
      await writeFile(file, deployment, { mode: 0o600 });
      try {
        await callCli(cli, { site, args: ["stack", "import", "-s", site.pulumiStack, "--file", file], cwd: directory, onSession, mayBegin: notes.mayAct });
      } finally {
        await lock.end();
      }
    });
  }

  copies(site: StackSite, kept: readonly Pick<StateCopy, "deployment" | "from">[]): Promise<readonly StateCopy[]> {
    return copiesOf(site, kept);
  }

  withUnended(site: StackSite, { deployment, unended }: { readonly deployment: string; readonly unended: readonly Unended<Begun>[] }): StateSummary {
    const raw = withUnended(deployment, unended, site);
    return summaryOf(readExport(raw, site), raw);
  }

  goingOn(site: StackSite, deployment: string): string | undefined {
    return goingOn(deployment, site);
  }

  readBack(site: StackSite, mending: { readonly deployment: string; readonly mend: Mend; readonly limits: RunLimits }): Promise<ReadBack> {
    const operation = (there: StackSite, limits: RunLimits, what: Operation): Promise<EngineOutcome> => this.#operate(there, limits, what);
    return readBack({ settings: this.#parts.cli, operate: operation }, { site, ...mending });
  }

  async outputs(site: StackSite): Promise<Readonly<Record<string, unknown>>> {
    if (this.#parts.confinement?.secrets === "withheld") {
      const text = await this.#call(site, "stack", "export", "-s", site.pulumiStack);
      return wrapped(withoutSecrets(rawOutputs(readExport(text, site)))) as Record<string, unknown>;
    }
    const text = await this.#call(site, "stack", "export", "--show-secrets", "-s", site.pulumiStack);
    return wrapped(rawOutputs(readExport(text, site))) as Record<string, unknown>;
  }

  async history(site: StackSite): Promise<readonly { readonly kind: string; readonly result: string; readonly startedAt: string }[]> {
    const text = await this.#call(site, "stack", "history", "--json", "-s", site.pulumiStack);
    const entries = text.trim() === "" ? [] : z.array(historyEntry).parse(JSON.parse(text));
    return entries.map(({ kind, result, startTime }) => ({ kind, result: result ?? "unknown", startedAt: startTime }));
  }

  locks(site: StackSite): Promise<readonly EngineLock[] | undefined> {
    return locksOf(site);
  }

  removeLock(site: StackSite, name: string): Promise<void> {
    return removeLockFile(site, name);
  }

  async cancel(site: StackSite): Promise<void> {
    await this.#call(site, "cancel", site.pulumiStack, "--yes");
  }

  async remove(site: StackSite, { withState } = { withState: false }): Promise<void> {
    await this.#call(site, "stack", "rm", site.pulumiStack, "--yes", "--preserve-config", ...(withState ? ["--force"] : []));
  }

  async sandboxConsole(): Promise<number | undefined> {
    return this.#parts.satellites.console();
  }

  async close(): Promise<void> {
    await Promise.all([
      this.#parts.satellites.stop(),
      ...[...this.#rooms.values()].map((room) => room.then((opened) => opened.close()).catch(() => undefined)),
    ]);
    await rm(this.#parts.room, { recursive: true, force: true });
  }

  async #operate(
    site: StackSite,
    limits: RunLimits,
    { find = (other) => this.#find(other), ...operation }: Operation & { readonly find?: Find },
  ): Promise<EngineOutcome> {
    const { confinement } = this.#parts;
    if (confinement === undefined) return operate({ ...this.#parts, find }, { site, limits, operation });
    if (!operation.previewOnly) throw new Error("what is confined is only previewed");
    const [room, found] = await Promise.all([this.#room(site, confinement), find(site)]);
    return previewConfined(this.#parts, room, { site, limits, operation, found });
  }

  /** What was deleted for another object is marked, so that the engine does not delete it once more when it has made that one. */
  async #spare(site: StackSite, limits: RunLimits): Promise<void> {
    const found = await this.#find(site);
    const spared = found === undefined ? undefined : sparing(found.raw, site);
    if (spared !== undefined) await this.importState(site, spared, limits);
  }

  #room(site: StackSite, confinement: Confinement): Promise<WorkerRoom> {
    const key = roomKey(site);
    const opened = this.#rooms.get(key) ?? openRoom(this.#parts, site, confinement);
    this.#rooms.set(key, opened);
    return opened;
  }

  /** The recorded state, or undefined when the backend has no such stack. */
  async #find(site: StackSite): Promise<{ readonly state: Exported; readonly raw: string } | undefined> {
    const kept = await keptState(site);
    if (kept === "absent") return undefined;
    if (kept !== undefined) return { state: readExport(kept.raw, site), raw: kept.raw };
    try {
      const raw = await this.#call(site, "stack", "export", "-s", site.pulumiStack);
      return { state: readExport(raw, site), raw };
    } catch (error) {
      if (error instanceof Problem && error.code === "STACK_UNKNOWN") return undefined;
      throw error;
    }
  }

  /** One command in a copy of the project: the engine may write config there. */
  #call(site: StackSite, ...args: string[]): Promise<string> {
    return this.#inCopy(site, (cli, cwd) => callCli(cli, { site, args, cwd }));
  }

  async #inCopy<T>(site: StackSite, use: (cli: CliSettings, directory: string) => Promise<T>): Promise<T> {
    const { cli } = this.#parts;
    const copy = await copyProject(site, cli.tmp, undefined);
    try {
      return await use(cli, copy.directory);
    } finally {
      await copy.remove();
    }
  }
}

function acting(previewOnly: boolean): string[] {
  return previewOnly ? ["--preview-only"] : ["--yes", "--skip-preview"];
}
