import type { LedgerEntry, RecordTold, RunChange, RunTold } from "./entry.ts";
import type { TrailFinding } from "./finding.ts";
import { orderFindings, type Numbered } from "./order.ts";

/** Runs that a ledger keeps in its tree: older records than these go when a new one comes. */
const mostRuns = 500;

/** What is remembered of the entries before one. */
interface Trail {
  readonly before: RecordTold | undefined;
  readonly stacksDigest: string | undefined;
  /** Runs whose record is in the tree; true: it has told its end, and never changes again. */
  readonly runs: ReadonlyMap<string, boolean>;
  /** The random words by which entries differ. */
  readonly words: ReadonlySet<string>;
  readonly isFirst: boolean;
}

type Said = Omit<TrailFinding, "commit" | "sequence">;

const changed = (says: string): Said => ({ kind: "changed", says });
const foreign = (says: string): Said => ({ kind: "foreign", says });

function ancestry({ parents }: LedgerEntry, { isFirst }: Trail): readonly Said[] {
  if (isFirst) return parents.length === 0 ? [] : [{ kind: "removed", says: "what came before it cannot be reached" }];
  return parents.length === 1 ? [] : [changed(`it joins ${parents.length} lines of history: a ledger has one`)];
}

/** Every entry of trueup's says these. */
const needed = ["Environment", "Sequence", "Entry"] as const;

function trailerSays({ trailers, record }: LedgerEntry, { words }: Trail): readonly Said[] {
  const missing = needed.filter((key) => trailers[key] === undefined);
  if (missing.length > 0) return [foreign(`trueup did not write it: it lacks ${missing.map((key) => `Trueup-${key}`).join(", ")}`)];
  const { Environment: environment = "", Sequence: sequence = "", Entry: word = "" } = trailers;
  return [
    ...(words.has(word) ? [changed("it says again what an earlier entry said: Trueup-Entry is that one's")] : []),
    ...(record !== undefined && record.environment !== environment ? [changed(`its message is of ${environment}, its record of ${record.environment}`)] : []),
    ...(record !== undefined && String(record.sequence) !== sequence ? [changed(`its message counts ${sequence}, its record ${record.sequence}`)] : []),
  ];
}

function recordSays(entry: LedgerEntry, trail: Trail): readonly Said[] {
  const { record } = entry;
  if (record === undefined) return [changed("its environment.json cannot be read")];
  const { before } = trail;
  const went = before !== undefined && record.fencing < before.fencing;
  const isOther = before !== undefined && record.environment !== before.environment;
  const isUngiven = record.lease !== null && record.lease.fencing > record.fencing;
  const moved = trail.stacksDigest !== undefined && trail.stacksDigest !== entry.stacksDigest;
  return [
    ...(went ? [changed(`its fencing number goes back from ${before.fencing} to ${record.fencing}`)] : []),
    ...(isOther ? [changed(`its record is of ${record.environment}, that before it of ${before.environment}`)] : []),
    ...(isUngiven ? [changed(`it holds a lease that was never given (${record.lease?.fencing})`)] : []),
    ...(moved && entry.trailers["Run"] === undefined ? [changed("it says something else of the stacks, and names no run that did that")] : []),
  ];
}

/** The runs that an entry may write of: its own, and one that it took over from. */
function namedRuns({ trailers }: LedgerEntry): ReadonlySet<string> {
  const over = trailers["Took-Over"]?.split(" ")[0];
  return new Set([trailers["Run"], over].filter((id) => id !== undefined));
}

/** Only the oldest records go, by the time in their names, and only when there are too many. */
function isForgotten(id: string, { runs }: Trail): boolean {
  const surplus = runs.size - (mostRuns - 1);
  return [...runs.keys()].filter((other) => `${other}.json` < `${id}.json`).length < surplus;
}

function runSays({ id, is }: RunChange, entry: LedgerEntry, trail: Trail): readonly Said[] {
  if (is === undefined) return isForgotten(id, trail) ? [] : [{ kind: "removed", says: `the record of run ${id} is gone` }];
  if (is === "unreadable") return [changed(`the record of run ${id} cannot be read`)];
  return [
    ...(is.id === id ? [] : [changed(`the record of run ${id} is that of ${is.id}`)]),
    ...(trail.runs.get(id) === true ? [changed(`the record of run ${id} is another one, although that run had ended`)] : []),
    ...(namedRuns(entry).has(id) ? [] : [changed(`it writes the record of run ${id}, which it does not name`)]),
  ];
}

const toldAs: Readonly<Record<string, string>> = { applying: "running" };

/** What the message says of its run, against the run's own record. */
function ownRunSays(entry: LedgerEntry, trail: Trail): readonly Said[] {
  const { Run: id, Kind: kind, Result: result } = entry.trailers;
  if (id === undefined || kind === undefined || result === undefined || result === "nothing") return [];
  const written = entry.runs.find((one) => one.id === id)?.is;
  if (written === "unreadable") return [];
  if (written !== undefined) return [...toldOtherwise(entry, written), ...(kind === "apply" && result === "good" ? appliedSays(written, entry.record) : [])];
  return trail.runs.has(id) ? [] : [{ kind: "removed", says: `there is no record of its run ${id}` }];
}

function toldOtherwise({ trailers: { Kind: kind = "", Result: result = "", Commit: commit } }: LedgerEntry, run: RunTold): readonly Said[] {
  const told = toldAs[result] ?? result;
  return [
    ...(run.result === told ? [] : [changed(`its message says that run ${run.id} is ${told}, the run's record ${run.result}`)]),
    ...(run.kind === kind ? [] : [changed(`its message says that run ${run.id} is of kind ${kind}, the run's record ${run.kind}`)]),
    ...(commit === undefined || run.commit === commit ? [] : [changed(`its message is of ${commit.slice(0, 7)}, the record of run ${run.id} is not`)]),
  ];
}

/** What a good apply applied is what the environment's record has from then on. */
function appliedSays(run: RunTold, record: RecordTold | undefined): readonly Said[] {
  const applied = run.units.flatMap(({ stacks }) => stacks).filter(({ action, result }) => action === "apply" && result === "good");
  return applied.flatMap(({ stack }) => {
    const is = record?.stacks[stack];
    if (record === undefined || (is?.result === "good" && is.run === run.id)) return [];
    return [changed(`run ${run.id} applied ${stack} well, the record does not say so`)];
  });
}

/** The entries of one ledger, oldest first, each held against those before it. */
export class TrailWalk {
  readonly #runs = new Map<string, boolean>();
  readonly #words = new Set<string>();
  readonly #order: Numbered[] = [];
  #before: RecordTold | undefined;
  #stacksDigest: string | undefined;
  #isFirst = true;

  /** What is wrong with the next entry. */
  check(entry: LedgerEntry): readonly TrailFinding[] {
    const trail: Trail = { before: this.#before, stacksDigest: this.#stacksDigest, runs: this.#runs, words: this.#words, isFirst: this.#isFirst };
    const said = [
      ...ancestry(entry, trail),
      ...trailerSays(entry, trail),
      ...recordSays(entry, trail),
      ...entry.runs.flatMap((run) => runSays(run, entry, trail)),
      ...ownRunSays(entry, trail),
      ...entry.strangers.map((path) => foreign(`it writes ${JSON.stringify(path.slice(0, 120))}, which no ledger has`)),
    ];
    this.#remember(entry);
    return said.map((one) => ({ ...one, commit: entry.commit, sequence: entry.record?.sequence ?? null }));
  }

  /** After the last entry: what their numbers give away. */
  end(): readonly TrailFinding[] {
    return orderFindings(this.#order);
  }

  #remember(entry: LedgerEntry): void {
    for (const { id, is } of entry.runs) {
      if (is === undefined) this.#runs.delete(id);
      else this.#runs.set(id, is !== "unreadable" && is.endedAt !== null);
    }
    const word = entry.trailers["Entry"];
    if (word !== undefined) this.#words.add(word);
    if (entry.record !== undefined) this.#order.push({ commit: entry.commit, sequence: entry.record.sequence });
    this.#before = entry.record ?? this.#before;
    this.#stacksDigest = entry.stacksDigest;
    this.#isFirst = false;
  }
}
