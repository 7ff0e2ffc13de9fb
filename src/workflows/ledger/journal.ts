import { appendFileSync, closeSync, fdatasyncSync, mkdirSync, openSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { processFacts } from "../../base/process/index.ts";
import type { Owner } from "./lease.ts";

/**
 * What a lease's holder does to engines, in a file on its own host, one JSON line each, written before the next thing happens. Pushing each line to
 * the ledger would be chatter; only this host could kill what it names; and what others need of it is in the run's record.
 *
 * A line that is missing never proves anything, so a power failure may lose lines and does no harm. Against a killed process the page cache is
 * enough. Synced to disk at once: who holds, sessions, locks (a handful per run). Steps are synced together, at most five times a second.
 */
const holderLine = z.object({
  holder: z.object({ owner: z.string(), run: z.string(), pid: z.int(), startTicks: z.int(), host: z.string(), boot: z.string(), pidNamespace: z.string() }),
});
const sessionLine = z.object({ session: z.int().min(2), startTicks: z.number(), at: z.number().default(0), stack: z.string().optional() });
const lockLine = z.object({ lock: z.string(), ofSession: z.int(), stack: z.string() });
const stepLine = z.object({
  step: z.object({
    stack: z.string(),
    urn: z.string(),
    operation: z.string(),
    phase: z.enum(["started", "done", "failed"]),
    id: z.string().optional(),
    at: z.number(),
  }),
});

export type JournalHolder = z.infer<typeof holderLine>["holder"];
/** An engine that was started. `at`: milliseconds since 1970. `stack`: the full Pulumi stack name. */
export type JournalSession = z.infer<typeof sessionLine>;
/** The engine's own lock that a session took, as its backend names the file. */
export type JournalLock = z.infer<typeof lockLine>;
/** One step of an engine as it told it. */
export type JournalStep = z.infer<typeof stepLine>["step"];

export interface Journal {
  readonly holder: JournalHolder | undefined;
  readonly sessions: readonly JournalSession[];
  readonly locks: readonly JournalLock[];
  readonly steps: readonly JournalStep[];
}

const syncSoonMs = 200;

function append(file: string, value: object): void {
  appendFileSync(file, `${JSON.stringify(value)}\n`, { mode: 0o600 });
}

function sync(file: string): void {
  const descriptor = openSync(file, "r+");
  try {
    fdatasyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Writes one holder's journal. Every call has written its line when it returns. `begin` and `session` throw where that cannot be done, since no engine
 * may run unnoted; a lock or a step that could not be written is only less that is known later.
 */
export class JournalWriter {
  readonly #file: string;
  #syncing: NodeJS.Timeout | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Before the lease is pushed: a journal without sessions proves that none was started. */
  begin(owner: Owner, run: string): void {
    const { pid, startTicks, host, boot, pidNamespace } = owner;
    mkdirSync(dirname(this.#file), { recursive: true });
    append(this.#file, { holder: { owner: owner.owner, run, pid, startTicks, host, boot, pidNamespace } });
    sync(this.#file);
  }

  session(session: number, stack: string | undefined): void {
    append(this.#file, { session, startTicks: processFacts(session)?.startTicks ?? 0, at: Date.now(), ...(stack === undefined ? {} : { stack }) });
    sync(this.#file);
  }

  lock(lock: JournalLock): void {
    this.#try(() => {
      append(this.#file, lock);
      sync(this.#file);
    });
  }

  step(step: JournalStep): void {
    this.#try(() => append(this.#file, { step }));
    this.#syncing ??= setTimeout(() => {
      this.#syncing = undefined;
      this.#try(() => sync(this.#file));
    }, syncSoonMs).unref();
  }

  #try(write: () => void): void {
    try {
      write();
    } catch {
      // The disk is full, or the run has ended and its journal is gone.
    }
  }

  async drop(): Promise<void> {
    clearTimeout(this.#syncing);
    await rm(this.#file, { force: true });
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // the holder was killed while it wrote this line
  }
}

/** What a journal says; undefined when there is none. Lines that cannot be understood are left out. */
export async function readJournal(file: string): Promise<Journal | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const values = text.split("\n").map(parsed);
  const all = <Out>(schema: z.ZodType<Out>): Out[] => values.flatMap((value) => schema.safeParse(value).data ?? []);
  return { holder: all(holderLine)[0]?.holder, sessions: all(sessionLine), locks: all(lockLine), steps: all(stepLine).map(({ step }) => step) };
}
