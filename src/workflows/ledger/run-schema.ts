import { z } from "zod";
import { ledgerSchemaVersion } from "./schema.ts";

const sha = z.string().regex(/^[0-9a-f]{40}$/);
const time = z.iso.datetime();
const name = z.string().min(1).max(200);
const count = z.int().min(0);

/** How many names of resources one stack's record keeps; the rest is counted. */
export const mostUrns = 500;

const changeCountsSchema = z.looseObject({ create: count, update: count, replace: count, delete: count, read: count, import: count, unchanged: count });
export type ChangeCounts = z.infer<typeof changeCountsSchema>;

/** The public three lines of a problem: what, on what, what to do. */
const problemSchema = z.looseObject({ code: z.string(), what: z.string(), on: z.string(), todo: z.string() });

const unfinishedSchema = z.looseObject({ urn: z.string(), type: z.string(), operation: z.string(), id: z.string().optional() });

/** What became of one thing that an earlier run left behind. */
const recoveredSchema = z.looseObject({
  stack: name,
  urn: z.string(),
  operation: z.string(),
  /** drop, keep, remove, reread, adopt, quarantine; unlock: the lock of an engine of ours that is dead; restore: the state itself, from a copy or by a rebuild. */
  kind: name,
  id: z.string().optional(),
  because: z.string(),
});
export type Recovered = z.infer<typeof recoveredSchema>;

const runStackSchema = z.looseObject({
  stack: name,
  action: z.enum(["apply", "destroy", "forget", "refresh"]),
  result: z.enum(["good", "failed", "applying", "skipped", "cancelled"]),
  commit: sha.nullable(),
  closureDigest: z.string(),
  /** Of the change set that was judged. */
  fingerprint: z.string().nullable(),
  changes: changeCountsSchema,
  urns: z
    .array(
      z.looseObject({ urn: z.string(), operation: z.string(), id: z.string().optional(), imported: z.boolean().optional(), retained: z.boolean().optional() }),
    )
    .max(mostUrns),
  urnsLeftOut: count,
  stateBefore: z.string(),
  stateAfter: z.string(),
  durationMs: z.number().min(0),
  problem: problemSchema.nullable(),
  /** Operations of the state that never ended, as this run left them, with the id where the engine had told one: whoever comes next need not be this host. */
  unfinished: z.array(unfinishedSchema).optional(),
});
export type RunStack = z.infer<typeof runStackSchema>;

const runUnitSchema = z.looseObject({
  id: name,
  commits: z.array(sha),
  /** In which state of its machine it ended, or the run's result where it never came so far. */
  result: name,
  stacks: z.array(runStackSchema),
  /** The states that it went through. */
  phases: z.array(z.looseObject({ state: z.string(), at: time })).optional(),
  /** Of a unit that was taken back: its stacks again, at their last good commits. */
  back: z.array(runStackSchema).optional(),
  /** Why it was refused while others of the run were not. */
  problem: problemSchema.nullable().optional(),
});

/** First-parent commits since what was live that a head brings beside itself: the newest by name, the oldest of them first, older ones counted. */
const broughtSchema = z.looseObject({ commits: z.array(sha), leftOut: count });
export type Brought = z.infer<typeof broughtSchema>;

/** `runs/<id>.json`: one run, written when it begins and again when it ends. */
export const runRecordSchema = z.looseObject({
  schema: z.literal(ledgerSchemaVersion),
  id: name,
  /** apply, drift, retire, rollback, ... A reader shows kinds it does not know. */
  kind: name,
  environment: name,
  commit: sha.nullable(),
  brings: broughtSchema.optional(),
  /** Who merged what is applied, or who asked for the run. */
  mergedBy: z.string().nullable(),
  approvals: z.array(z.looseObject({ by: name, stack: name, fingerprint: z.string(), at: time })),
  startedAt: time,
  endedAt: time.nullable(),
  /** running, good, failed, refused, cancelled, nothing; died: it was killed, as whoever took its lease over found out. */
  result: name,
  fencing: count,
  units: z.array(runUnitSchema),
  overrides: z.array(z.looseObject({ guard: name, by: name, reason: z.string() })),
  /** Step → milliseconds. */
  timings: z.record(z.string(), z.number().min(0)),
  versions: z.record(z.string(), z.string()),
  problem: problemSchema.nullable(),
  /** With `died`, where its machine died with it: whose engine took a lock there between these times is dead too. */
  machine: z.looseObject({ host: name, since: time, until: time }).optional(),
  /** Of a rebuild: who was asked, how, and what they said. */
  asked: z.looseObject({ by: name, how: z.enum(["terminal", "flag"]), reason: z.string() }).optional(),
  /** What was found of runs that died, and what was done about it. */
  recovered: z.array(recoveredSchema).optional(),
  /** Of a refused run: the fingerprints of what it was going to do, for an approval after the merge. No values, only keyed hashes of them. */
  prints: z.array(z.unknown()).optional(),
});
export type RunRecord = z.infer<typeof runRecordSchema>;
