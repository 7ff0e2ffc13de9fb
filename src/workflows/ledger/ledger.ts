import { join } from "node:path";
import type { Clock } from "../../base/clock/index.ts";
import { thisHost, type Host } from "../../base/host/index.ts";
import { Problem } from "../../base/problem/index.ts";
import { JournalWriter, type JournalLock, type JournalStep } from "./journal.ts";
import { decideLease, isSameLease, leaseHeld, leaseLost, machineOf, renewed, type HolderProof, type Owner, type ProofOfLife } from "./lease.ts";
import { endedFor, type HowEnded } from "./ended.ts";
import { forgetRuns, leftRuns, type LeftRun } from "./left.ts";
import { commitMessage, parseTrailers, shortDuration, type Trailers } from "./message.ts";
import { atWork, proveHolder } from "./proof.ts";
import { forgottenRuns, parseRun, runFile } from "./run-files.ts";
import { runRecordSchema, type RunRecord } from "./run-schema.ts";
import { emptyEnvironment, environmentRecordSchema, withoutExpired, type EnvironmentRecord, type Lease } from "./schema.ts";
import { readSeen, seenFileOf, silentMs, watchLease, writeSeen } from "./seen.ts";
import { refuseToWriteUnsigned, type ReadSignatures } from "./signed.ts";
import { environmentFile, readVerified, type LedgerPlace, type LedgerRepository, type Snapshot } from "./verify.ts";

export interface LedgerOptions {
  readonly repository: LedgerRepository;
  /** Of the ledger branches: `trueup` gives `trueup/dev`. */
  readonly prefix: string;
  readonly environment: string;
  readonly owner: Owner;
  readonly clock: Clock;
  /** Absolute folder on this machine for what was last seen and for the sessions of a lease's holder. Shared by all runners of one host. */
  readonly directory: string;
  /** Ways to know whether a holder on another host still lives. */
  readonly proofs?: readonly ProofOfLife[];
  /** Where keys are named that may sign its entries. */
  readonly signatures?: ReadSignatures;
  /** Where this process runs; left out: on the host that it runs on. */
  readonly host?: Host;
}

/** What one commit of the ledger says. */
export interface Entry {
  /** The record after it; sequence, fencing and lease in it are ignored: they are the ledger's own. */
  readonly next: EnvironmentRecord;
  readonly runs?: readonly RunRecord[];
  /** The commit's subject: one sentence that a person wants to read. */
  readonly sentence: string;
  /** More trailers, without the `Trueup-` prefix: Run, Result, Commit, Kind. */
  readonly trailers?: Trailers;
}

/** Decides from the record as it is now; called again with a newer one when another writer was faster. undefined: nothing to record. */
export type Decide = (current: EnvironmentRecord) => Entry | undefined;

export interface Taken {
  readonly lease: Lease;
  readonly snapshot: Snapshot;
  readonly tookOver: { readonly from: Lease; readonly how: string } | undefined;
}

export interface LogEntry {
  readonly sha: string;
  readonly at: string;
  readonly sentence: string;
  readonly trailers: Trailers;
}

/**
 * The ledger of one environment: an orphan branch that only fast-forwards, moved by compare-and-swap. Every method is one push at most per
 * try; a lost race re-reads and re-decides, at most eight times. Raises LEDGER_FOREIGN, LEDGER_NEWER, LEDGER_REWRITTEN, LEDGER_BROKEN, LEDGER_BUSY,
 * LEASE_HELD, LEASE_LOST, PUSH_REFUSED, REMOTE_UNREACHABLE, CONFIG_INVALID: after any of them nothing was recorded.
 */
export interface Ledger {
  readonly branch: string;
  /** Fetches and verifies. undefined: nothing was ever recorded. `fetch: false` reads the mirror as it is. */
  read(options?: { readonly fetch?: boolean }): Promise<Snapshot | undefined>;
  /** One run of those still in the tree (the newest 500; older ones are in the branch's history). */
  run(id: string): Promise<RunRecord | undefined>;
  /** One commit. With `holding`, LEASE_LOST unless that lease is still there. undefined when `decide` has nothing to record. */
  record(decide: Decide, holding?: Lease): Promise<Snapshot | undefined>;
  /** Takes the lease, and records the attempt in the same commit. */
  takeLease(run: string, attempt?: Decide): Promise<Taken>;
  renewLease(held: Lease): Promise<Lease>;
  /** Gives the lease back, and records the result in the same commit. */
  releaseLease(held: Lease, result?: Decide): Promise<Snapshot>;
  /** A person says that a run is dead: takes its lease away. false when it does not hold it. */
  cancelLease(run: string, said: { readonly by: string; readonly reason: string }): Promise<boolean>;
  /**
   * LEASE_LOST unless the ledger, fetched now, still has this lease with this fencing number: asked right before each engine that acts is started.
   * Callers at the same time share one fetch.
   */
  confirmLease(held: Lease): Promise<void>;
  /** Notes an engine session that the holder started, so that its death can be proved. Written when it returns; throws when it cannot be. */
  noteSession(session: number, stack?: string): void;
  noteLock(lock: JournalLock): void;
  /** The engine of this session has ended, and its lock is gone. A run that leaves a lock behind leaves its journal too. */
  noteUnlock(ofSession: number): void;
  noteStep(step: JournalStep): void;
  /** The state of this stack cannot be read after it was run: what the journal says may be all that is known of it. */
  noteUnread(stack: string): void;
  /** Everything of this stack was deleted. Noted before its state is taken away: who finds none could not tell that from a state that was lost. */
  noteDestroyed(stack: string): void;
  /** Its state is taken away too. */
  noteRemoved(stack: string): void;
  /** Every step that this run has noted of its own engines, in order. */
  steps(): Promise<readonly JournalStep[]>;
  /** Of who holds the lease: what dead runs left on this host, their engines killed. Kept until `forgetLeft`. `lookOnly`: for anybody, nothing is killed. */
  left(options?: { readonly lookOnly: boolean }): Promise<readonly LeftRun[]>;
  forgetLeft(runs: readonly LeftRun[]): Promise<void>;
  /** Newest first. */
  log(limit: number): Promise<readonly LogEntry[]>;
  /** Forgets what this machine saw last: only after a person has looked at a rewritten ledger. */
  forget(): Promise<void>;
}

const mostTries = 8;
/** Looks at a ledger that seems rewritten before it is said. */
const mostLooks = 3;

/** What one try decided: the record and lease to write. */
interface Step {
  readonly entry: Entry;
  readonly lease: Lease | null;
  readonly fencing: number;
}

export function openLedger(options: LedgerOptions): Ledger {
  return new BranchLedger(options);
}

class BranchLedger implements Ledger {
  readonly branch: string;
  readonly #place: LedgerPlace;
  readonly #options: LedgerOptions;
  readonly #host: Host;
  readonly #journal: JournalWriter;
  /** Owners whose death was proved when their lease was taken over. */
  readonly #proved = new Set<string>();
  #turn: Promise<unknown> = Promise.resolve();
  #confirming: Promise<Lease | null> | undefined;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#host = options.host ?? thisHost;
    this.branch = `${options.prefix}/${options.environment}`;
    this.#journal = new JournalWriter(this.#sessionsFile(options.owner.owner), this.#host);
    this.#place = {
      repository: options.repository,
      environment: options.environment,
      branch: this.branch,
      seenFile: seenFileOf(options.directory, options.environment),
      ...(options.signatures === undefined ? {} : { signatures: options.signatures }),
    };
  }

  async read(options: { readonly fetch?: boolean } = {}): Promise<Snapshot | undefined> {
    for (let attempt = options.fetch === false ? 0 : 1; ; attempt++) {
      // What was seen is read before the fetch: read after it, another runner's newer sighting would make our copy look rolled back.
      const seen = await readSeen(this.#host.files, this.#place.seenFile);
      if (attempt > 0) await this.#options.repository.fetch();
      try {
        const snapshot = await readVerified(this.#place, seen);
        if (snapshot !== undefined) await this.#remember(snapshot);
        return snapshot;
      } catch (thrown) {
        // An older fetch into the same mirror may have ended after ours: a real rewrite is still there the next time.
        if (!(thrown instanceof Problem && thrown.code === "LEDGER_REWRITTEN") || attempt >= mostLooks) throw thrown;
      }
    }
  }

  async run(id: string): Promise<RunRecord | undefined> {
    const head = await this.#options.repository.branch(this.branch);
    const content = head === undefined ? undefined : await this.#options.repository.read(head, runFile(id));
    return content === undefined ? undefined : parseRun(this.#place, id, content);
  }

  async record(decide: Decide, holding?: Lease): Promise<Snapshot | undefined> {
    return this.#swap((current) => {
      this.#mustHold(current, holding);
      const entry = decide(current);
      return entry === undefined ? undefined : { entry, lease: current.lease, fencing: current.fencing };
    });
  }

  async takeLease(run: string, attempt?: Decide): Promise<Taken> {
    const { owner } = this.#options.owner;
    // Before it can be seen: others of this process must not take it for one that was left.
    atWork.add(owner);
    return this.#takeLease(run, attempt).catch((thrown: unknown) => {
      atWork.delete(owner);
      throw thrown;
    });
  }

  async #takeLease(run: string, attempt?: Decide): Promise<Taken> {
    const { owner, environment } = this.#options;
    await this.#options.repository.fetch();
    this.#journal.begin(owner, run);
    let taken: Omit<Taken, "snapshot"> | undefined;
    const snapshot = await this.#swap(async (current) => {
      const nowMs = this.#nowMs();
      const proof = current.lease === null ? { kind: "silent" as const, forMs: 0 } : await this.#proofOf(current.lease);
      const decision = decideLease({ current: current.lease, fencing: current.fencing, me: owner, run, nowMs, proof });
      if (decision.kind === "held") throw leaseHeld({ environment, by: decision.by, proof: decision.proof, nowMs });
      taken = { lease: decision.lease, tookOver: decision.tookOver };
      const over = decision.tookOver === undefined ? "" : ` over from run ${decision.tookOver.from.run}: ${decision.tookOver.how}`;
      const sentence = `${environment}: ${owner.who} on ${owner.host} takes the lease${over}`;
      const entry = attempt?.(current) ?? { next: current, sentence };
      const trailers = {
        Run: run,
        ...(decision.tookOver === undefined ? {} : { "Took-Over": `${decision.tookOver.from.run} (${decision.tookOver.how})` }),
        ...entry.trailers,
      };
      const { tookOver } = decision;
      const died =
        tookOver === undefined ? [] : await this.#ended(tookOver.from.run, { result: "died", what: `it died: ${tookOver.how}`, ...machineOf(tookOver) });
      return { entry: { ...entry, trailers, runs: [...(entry.runs ?? []), ...died] }, lease: decision.lease, fencing: decision.fencing };
    });
    if (taken?.tookOver !== undefined) this.#proved.add(taken.tookOver.from.owner);
    if (taken === undefined || snapshot === undefined)
      throw new Problem("INTERNAL", { what: "the lease was not decided", on: environment, todo: "Report this." });
    return { ...taken, snapshot };
  }

  async #proofOf(lease: Lease): Promise<HolderProof> {
    const { owner, proofs = [] } = this.#options;
    const seen = await readSeen(this.#host.files, this.#place.seenFile);
    const silent = silentMs(this.#host.processes, seen?.lease ?? null, lease);
    return proveHolder(lease, owner, { host: this.#host, sessionsFile: this.#sessionsFile(lease.owner), silentMs: silent, proofs });
  }

  async renewLease(held: Lease): Promise<Lease> {
    const nowMs = this.#nowMs();
    const since = shortDuration(nowMs - Date.parse(held.acquiredAt));
    const snapshot = await this.#swap((current) => {
      const lease = renewed(current.lease, held, nowMs);
      if (lease === undefined) throw leaseLost(this.#options.environment, held, current.lease);
      return {
        entry: { next: current, sentence: `${this.#options.environment}: run ${held.run} goes on after ${since}`, trailers: { Run: held.run } },
        lease,
        fencing: current.fencing,
      };
    });
    return snapshot?.environment.lease ?? held;
  }

  async releaseLease(held: Lease, result?: Decide): Promise<Snapshot> {
    // Whether or not it can be recorded now: whoever gives a lease back has ended its work.
    atWork.delete(held.owner);
    const snapshot = await this.#swap((current) => {
      this.#mustHold(current, held);
      const entry = result?.(current) ?? { next: current, sentence: `${this.#options.environment}: run ${held.run} gives the lease back` };
      return { entry: { ...entry, trailers: { Run: held.run, ...entry.trailers } }, lease: null, fencing: current.fencing };
    }).catch(async (thrown: unknown) => {
      // It may be recorded all the same, its answer lost: then nobody ever proves this holder dead, and its journal is to be read without that.
      await this.#journal.over();
      throw thrown;
    });
    if (snapshot === undefined) throw new Problem("INTERNAL", { what: "the lease was not given back", on: this.#options.environment, todo: "Report this." });
    await this.#journal.end();
    return snapshot;
  }

  async cancelLease(run: string, said: { readonly by: string; readonly reason: string }): Promise<boolean> {
    await this.#options.repository.fetch();
    const sentence = `${this.#options.environment}: ${said.by} takes the lease away from run ${run}: ${said.reason}`;
    const done = await this.#swap(async (current) => {
      if (current.lease?.run !== run) return undefined;
      const runs = await this.#ended(run, { result: "cancelled", what: `${said.by} took its lease away: ${said.reason}` });
      return { entry: { next: current, runs, sentence, trailers: { Run: run, Result: "cancelled", By: said.by } }, lease: null, fencing: current.fencing };
    });
    return done !== undefined;
  }

  /** The record of a run that can no longer write it: what began is not told to be running for ever. Nothing where it has none, or has told its end. */
  async #ended(id: string, how: HowEnded): Promise<readonly RunRecord[]> {
    // A record that cannot be read must not keep the environment from whoever goes on.
    const found = await this.run(id).catch(() => undefined);
    return found?.result === "running" ? [endedFor(found, how, this.#options.clock.now())] : [];
  }

  async confirmLease(held: Lease): Promise<void> {
    const look = async (): Promise<Lease | null> => (await this.read())?.environment.lease ?? null;
    this.#confirming ??= look().finally(() => (this.#confirming = undefined));
    const current = await this.#confirming;
    if (!isSameLease(current, held)) throw leaseLost(this.#options.environment, held, current);
  }

  noteSession(session: number, stack?: string): void {
    this.#journal.session({ session, at: this.#nowMs(), ...(stack === undefined ? {} : { stack }) });
  }

  readonly noteLock = (lock: JournalLock): void => this.#journal.lock(lock);
  readonly noteUnlock = (ofSession: number): void => this.#journal.unlock(ofSession);
  readonly noteStep = (step: JournalStep): void => this.#journal.step(step);
  readonly noteUnread = (stack: string): void => this.#journal.unread(stack);
  readonly noteDestroyed = (stack: string): void => this.#journal.destroyed(stack);
  readonly noteRemoved = (stack: string): void => this.#journal.removed(stack);

  steps(): Promise<readonly JournalStep[]> {
    return this.#journal.steps();
  }

  left({ lookOnly } = { lookOnly: false }): Promise<readonly LeftRun[]> {
    return leftRuns({ ...this.#options, host: this.#host, me: this.#options.owner, proved: this.#proved, lookOnly });
  }

  forgetLeft(runs: readonly LeftRun[]): Promise<void> {
    return forgetRuns(this.#host.files, runs);
  }

  async log(limit: number): Promise<readonly LogEntry[]> {
    const head = await this.#options.repository.branch(this.branch);
    if (head === undefined) return [];
    const commits = await this.#options.repository.firstParents(undefined, head, limit);
    return commits.map((commit) => ({ sha: commit.sha, at: commit.at, sentence: commit.subject, trailers: parseTrailers(commit.body) })).reverse();
  }

  async forget(): Promise<void> {
    await this.#host.files.remove(this.#place.seenFile);
  }

  #sessionsFile(owner: string): string {
    return join(this.#options.directory, `${this.#options.environment}.sessions-${/^[0-9a-f]{1,64}$/.test(owner) ? owner : "unknown"}.jsonl`);
  }

  readonly #nowMs = (): number => this.#options.clock.now().getTime();

  #mustHold(current: EnvironmentRecord, held: Lease | undefined): void {
    if (held !== undefined && !isSameLease(current.lease, held)) throw leaseLost(this.#options.environment, held, current.lease);
  }

  async #remember(snapshot: Snapshot): Promise<void> {
    const { files, processes } = this.#host;
    const seen = await readSeen(files, this.#place.seenFile);
    await writeSeen(files, this.#place.seenFile, {
      head: snapshot.head,
      sequence: snapshot.environment.sequence,
      lease: watchLease(processes, seen, snapshot.environment.lease),
    });
  }

  /** The compare-and-swap loop. One at a time within this process, so that a renewal does not race the run it belongs to. */
  #swap(step: (current: EnvironmentRecord) => Step | undefined | Promise<Step | undefined>): Promise<Snapshot | undefined> {
    const mine = this.#turn.then(() => this.#tries(step));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #tries(step: (current: EnvironmentRecord) => Step | undefined | Promise<Step | undefined>): Promise<Snapshot | undefined> {
    for (let attempt = 1; attempt <= mostTries; attempt++) {
      const before = await this.read({ fetch: attempt > 1 });
      const decided = await step(before?.environment ?? { ...emptyEnvironment(this.#options.environment), sequence: 0 });
      if (decided === undefined) return undefined;
      const next = await this.#write(before, decided);
      await refuseToWriteUnsigned(this.#place, before?.head, next.head);
      const outcome = await this.#options.repository.moveRef(this.branch, before?.head, next.head);
      if (outcome.kind === "moved" || (await this.#arrivedAfterAll(next))) {
        await this.#remember(next);
        return next;
      }
      await this.#options.clock.sleep(20 * attempt * (0.5 + Number.parseInt(this.#host.random(2), 16) / 0xffff));
    }
    throw new Problem("LEDGER_BUSY", {
      what: `others wrote the ledger ${mostTries} times in a row while this was to be recorded`,
      on: `branch ${this.branch}`,
      todo: "Run the same command again.",
      retry: { afterMs: 30_000 },
    });
  }

  /** A push whose answer was lost on the way may have arrived: every commit is unique, so if it is in the ledger it was this one. */
  async #arrivedAfterAll(next: Snapshot): Promise<boolean> {
    await this.#options.repository.fetch();
    const head = await this.#options.repository.branch(this.branch);
    return head !== undefined && (await this.#options.repository.isAncestor(next.head, head));
  }

  async #write(before: Snapshot | undefined, step: Step): Promise<Snapshot> {
    const environment = environmentRecordSchema.parse({
      ...withoutExpired(step.entry.next, this.#options.clock.now()),
      environment: this.#options.environment,
      sequence: (before?.environment.sequence ?? 0) + 1,
      lease: step.lease,
      fencing: step.fencing,
    });
    const runs = (step.entry.runs ?? []).map((run) => runRecordSchema.parse(run));
    const files: Record<string, string | null> = { [environmentFile]: `${JSON.stringify(environment, undefined, 2)}\n` };
    for (const old of before === undefined ? [] : await forgottenRuns(this.#options.repository, before.head)) files[old] = null;
    for (const run of runs) files[runFile(run.id)] = `${JSON.stringify(run, undefined, 2)}\n`;
    const message = commitMessage(step.entry.sentence, {
      Environment: this.#options.environment,
      Sequence: String(environment.sequence),
      ...step.entry.trailers,
      Entry: this.#host.random(8),
    });
    return { head: await this.#options.repository.write({ parent: before?.head, files, message }), environment };
  }
}
