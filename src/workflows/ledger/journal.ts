import { z } from "zod";
import type { Files, Host } from "../../base/host/index.ts";
import type { Owner } from "./lease.ts";

/**
 * What a lease's holder does to engines, in a file on its own host, one JSON line each, written before the next thing happens. Pushing each line to
 * the ledger would be chatter; only this host could kill what it names; and what others need of it is in the run's record.
 *
 * A line that is missing never proves anything, so a power failure may lose lines and does no harm. Against a killed process the page cache is
 * enough. Synced to disk at once: who holds, sessions, locks, destroys (a handful per run). Steps are synced together, at most five times a second.
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
    /** Of a creation: what it was to make, for whoever finds that it was made and is in no state. */
    begun: z.object({ type: z.string(), provider: z.string(), parent: z.string().optional() }).optional(),
    at: z.number(),
  }),
});
/** Everything of a stack was deleted, and its state is taken away next. */
const destroyedLine = z.object({ destroyed: z.string() });
const overLine = z.object({ over: z.literal(true) });

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
  /** Stacks, as the environment calls them, of which nothing is left: without a state they are over, and have not lost it. */
  readonly destroyed: readonly string[];
  /** The run has ended, though its process may live; something of it is still to be dealt with by the next one. */
  readonly isOver: boolean;
}

/**
 * Writes one holder's journal. Every call has written its line when it returns. `begin` and `session` throw where that cannot be done, since no engine
 * may run unnoted; a lock or a step that could not be written is only less that is known later.
 */
export class JournalWriter {
  readonly #file: string;
  readonly #host: Host;
  /** What the next run has to deal with: locks that are still there, creations that failed, states that cannot be read, or are perhaps not taken away. */
  readonly #open = new Set<string>();

  constructor(file: string, host: Host) {
    this.#file = file;
    this.#host = host;
  }

  /** Before the lease is pushed: a journal without sessions proves that none was started. */
  begin(owner: Owner, run: string): void {
    const { pid, startTicks, host, boot, pidNamespace } = owner;
    this.#host.files.prepare(this.#file);
    this.#write({ holder: { owner: owner.owner, run, pid, startTicks, host, boot, pidNamespace } });
  }

  session(session: Pick<JournalSession, "session" | "at" | "stack">): void {
    this.#write({ ...session, startTicks: this.#host.processes.facts(session.session)?.startTicks ?? 0 });
  }

  lock(lock: JournalLock): void {
    this.#open.add(`lock of ${lock.ofSession}`);
    this.#try(() => this.#write(lock));
  }

  unlock(ofSession: number): void {
    this.#open.delete(`lock of ${ofSession}`);
  }

  unread(stack: string): void {
    this.#open.add(`state of ${stack}`);
  }

  destroyed(stack: string): void {
    this.#open.add(`end of ${stack}`);
    this.#try(() => this.#write({ destroyed: stack }));
  }

  removed(stack: string): void {
    this.#open.delete(`end of ${stack}`);
  }

  step(step: JournalStep): void {
    // Of a creation whose answer was lost nothing else tells, not even the engine's state.
    if (mayBeMade(step)) {
      this.#open.add(step.urn);
      return this.#try(() => this.#write({ step }));
    }
    this.#try(() => this.#append({ step }));
    this.#host.files.syncSoon(this.#file);
  }

  async steps(): Promise<readonly JournalStep[]> {
    return (await readJournal(this.#host.files, this.#file))?.steps ?? [];
  }

  #append(value: object): void {
    this.#host.files.append(this.#file, JSON.stringify(value));
  }

  #write(value: object): void {
    this.#append(value);
    this.#host.files.sync(this.#file);
  }

  #try(write: () => void): void {
    try {
      write();
    } catch {
      // The disk is full, or the run has ended and its journal is gone.
    }
  }

  /** The end of a run that leaves something to the next one. Nothing where its journal is dealt with already. */
  async over(): Promise<void> {
    if ((await this.#host.files.read(this.#file)) !== undefined) this.#try(() => this.#write({ over: true }));
  }

  /** The end of a run that is recorded: what the next one needs stays. */
  async end(): Promise<void> {
    if (this.#open.size === 0) await this.#host.files.remove(this.#file);
    else await this.over();
  }
}

/** A creation that failed: the cloud may have made it all the same, and the engine's state says nothing of it. */
export function mayBeMade({ phase, begun }: Pick<JournalStep, "phase" | "begun">): boolean {
  return phase === "failed" && begun !== undefined;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // the holder was killed while it wrote this line
  }
}

/** What a journal says; undefined when there is none. Lines that cannot be understood are left out. */
export async function readJournal(files: Files, file: string): Promise<Journal | undefined> {
  const text = await files.read(file);
  if (text === undefined) return undefined;
  const values = text.split("\n").map(parsed);
  const all = <Out>(schema: z.ZodType<Out>): Out[] => values.flatMap((value) => schema.safeParse(value).data ?? []);
  return {
    holder: all(holderLine)[0]?.holder,
    sessions: all(sessionLine),
    locks: all(lockLine),
    steps: all(stepLine).map(({ step }) => step),
    destroyed: all(destroyedLine).map(({ destroyed }) => destroyed),
    isOver: all(overLine).length > 0,
  };
}
