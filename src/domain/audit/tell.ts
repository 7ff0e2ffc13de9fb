import { z } from "zod";
import type { LedgerEntry, ProblemTold, RecordTold, RunTold, Signature, StackTold } from "./entry.ts";

/** Something that people or runs hold back an environment by. */
export interface HeldTold {
  /** hold, veto, freeze, or the kind of hold that it is: pin, suspend. */
  readonly what: string;
  readonly did: "set" | "lifted" | "expired";
  readonly stacks: readonly string[];
  readonly reason: string;
  /** Who set it: a person, or the run whose failure it is of. */
  readonly by: string;
}

export interface ApprovalTold {
  readonly by: string;
  readonly stack: string;
  readonly fingerprint: string;
}

/** One entry of the ledger, told. What an entry does not speak of is left out. */
export interface AuditEntry {
  readonly sequence: number | null;
  readonly commit: string;
  readonly at: string;
  /** apply, drift, recover, command, approval, …; `lease` where it is only about that, `renewal` where a run only says that it goes on. */
  readonly kind: string;
  readonly result?: string;
  readonly run?: string;
  readonly sentence: string;
  /** Who did it, or had it done. */
  readonly by?: string;
  readonly mergedBy?: string;
  readonly head?: string;
  readonly approvals?: readonly ApprovalTold[];
  readonly changes?: readonly StackTold[];
  readonly overrides?: readonly { readonly guard: string; readonly by: string; readonly reason: string }[];
  readonly held?: readonly HeldTold[];
  readonly lease?: "taken" | "given back" | "taken over" | "taken away";
  readonly tookOver?: string;
  readonly recovered?: NonNullable<RunTold["recovered"]>;
  readonly problem?: ProblemTold;
  readonly signature: Signature;
}

type Lease = RecordTold["lease"];

/** An entry that holds the same lease as the one before it, and is about nothing else. */
function isRenewal({ trailers }: LedgerEntry, was: Lease, is: Lease): boolean {
  return trailers["Kind"] === undefined && was !== null && was.owner === is?.owner && was.fencing === is.fencing;
}

function leaseOf(entry: LedgerEntry, was: Lease, is: Lease): AuditEntry["lease"] | "renewed" | undefined {
  const { trailers } = entry;
  if (trailers["Took-Over"] !== undefined) return "taken over";
  if (isRenewal(entry, was, is)) return "renewed";
  if (was === null) return is === null ? undefined : "taken";
  if (is !== null) return undefined;
  return trailers["Result"] === "cancelled" && trailers["Kind"] === undefined ? "taken away" : "given back";
}

type Standing = Omit<HeldTold, "did"> & { readonly until?: string | null | undefined };

function heldBy(record: RecordTold | undefined): ReadonlyMap<string, Standing> {
  if (record === undefined) return new Map();
  return new Map<string, Standing>([
    ...record.holds.map(({ id, kind = "hold", stacks, reason, by, until }) => [`hold ${id}`, { what: kind, stacks, reason, by, until }] as const),
    ...record.freezes.map(({ id, stacks, reason, by, until }) => [`freeze ${id}`, { what: "freeze", stacks, reason, by, until }] as const),
    ...record.vetoes.map(
      ({ closureDigests, reason, run }) =>
        [`veto ${run} ${Object.values(closureDigests).join()}`, { what: "veto", stacks: Object.keys(closureDigests), reason, by: `run ${run}` }] as const,
    ),
  ]);
}

function heldMoves(was: RecordTold | undefined, { record: is, at }: LedgerEntry): readonly HeldTold[] {
  if (is === undefined) return [];
  const [before, after] = [heldBy(was), heldBy(is)];
  const told = ({ what, stacks, reason, by }: Standing, did: HeldTold["did"]): HeldTold => ({ what, did, stacks, reason, by });
  const hasPassed = ({ until }: Standing): boolean => typeof until === "string" && Date.parse(until) <= Date.parse(at) + 1_000;
  const set = [...after].filter(([key]) => !before.has(key)).map(([, one]) => told(one, "set"));
  const gone = [...before].filter(([key]) => !after.has(key)).map(([, one]) => told(one, hasPassed(one) ? "expired" : "lifted"));
  return [...set, ...gone];
}

const wordSchema = z.array(
  z.looseObject({ by: z.string(), commit: z.string(), prints: z.array(z.looseObject({ stack: z.string(), digest: z.string() })).optional() }),
);

/** Approvals given by word in this entry; of an open pull request they are of its head, after the merge of fingerprints. */
function saidApprovals(was: RecordTold | undefined, is: RecordTold | undefined): readonly ApprovalTold[] {
  const known = new Set((wordSchema.safeParse(was?.approvals).data ?? []).map((one) => JSON.stringify(one)));
  const fresh = (wordSchema.safeParse(is?.approvals).data ?? []).filter((one) => !known.has(JSON.stringify(one)));
  return fresh.flatMap(({ by, commit, prints }) =>
    prints === undefined
      ? [{ by: `@${by}`, stack: "*", fingerprint: commit }]
      : prints.map(({ stack, digest }) => ({ by: `@${by}`, stack, fingerprint: digest })),
  );
}

type Parts = Partial<AuditEntry>;

const some = <Item>(items: readonly Item[] | undefined): readonly Item[] | undefined => (items === undefined || items.length === 0 ? undefined : items);

/** Keys without a value are left out: what is not said is not there. */
function filled(parts: { readonly [Key in keyof AuditEntry]?: AuditEntry[Key] | undefined }): Parts {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}

function runParts(run: RunTold | undefined): Parts {
  if (run === undefined) return {};
  const touched = run.units.flatMap(({ stacks }) => stacks).filter(({ result }) => result !== "applying");
  return filled({
    mergedBy: run.mergedBy ?? undefined,
    approvals: some(run.approvals.map(({ by, stack, fingerprint }) => ({ by, stack, fingerprint }))),
    changes: some(
      touched.map(({ stack, action, result, commit, changes, urns, urnsLeftOut }) => ({ stack, action, result, commit, changes, urns, urnsLeftOut })),
    ),
    overrides: some(run.overrides.map(({ guard, by, reason }) => ({ guard, by, reason }))),
    recovered: some(run.recovered?.map(({ stack, urn, kind, because }) => ({ stack, urn, kind, because }))),
    problem: run.problem === null ? undefined : { code: run.problem.code, what: run.problem.what },
  });
}

function kindOf({ trailers }: LedgerEntry, lease: ReturnType<typeof leaseOf>): string {
  const { Kind: kind } = trailers;
  if (kind !== undefined) return kind;
  return lease === "renewed" ? "renewal" : lease === undefined ? "entry" : "lease";
}

/** Who an entry is by: who said it, whose run it is of, or whoever had the lease. */
function byOf({ trailers, record }: LedgerEntry, before: RecordTold | undefined, run: RunTold | undefined): string | undefined {
  return [trailers["By"], run?.mergedBy, record?.lease?.who, before?.lease?.who].find((who) => who !== undefined && who !== null) ?? undefined;
}

function ownRun({ runs, trailers }: LedgerEntry): RunTold | undefined {
  const own = runs.find(({ id }) => id === trailers["Run"])?.is;
  return own === "unreadable" ? undefined : own;
}

/** One entry as an audit tells it. `before`: the record that it found. */
export function tellEntry(entry: LedgerEntry, before: RecordTold | undefined, signature: Signature): AuditEntry {
  const { record = null, trailers } = entry;
  const lease = leaseOf(entry, before?.lease ?? null, record?.lease ?? null);
  const run = ownRun(entry);
  const parts = runParts(run);
  return {
    sequence: record === null ? null : record.sequence,
    commit: entry.commit,
    at: entry.at,
    kind: kindOf(entry, lease),
    sentence: entry.sentence,
    ...parts,
    ...filled({
      result: trailers["Result"],
      run: trailers["Run"],
      by: byOf(entry, before, run),
      head: trailers["Commit"],
      approvals: some([...(parts.approvals ?? []), ...saidApprovals(before, entry.record)]),
      held: some(heldMoves(before, entry)),
      lease: lease === "renewed" ? undefined : lease,
      tookOver: trailers["Took-Over"],
    }),
    signature,
  };
}
