import { z } from "zod";
import { isOver } from "../../domain/gates/index.ts";

/**
 * The formats of the ledger branch. They are read for years and by older and newer runners side by side: a new optional key needs no new
 * version (unknown keys are kept as they are when a record is written again); anything else does.
 */
export const ledgerSchemaVersion = 1;

const sha = z.string().regex(/^[0-9a-f]{40}$/);
const time = z.iso.datetime();
const name = z.string().min(1).max(200);
const count = z.int().min(0);

/** Who is working on the environment. Times are ISO 8601; expiry is by the holder's wall clock and proves nothing to another host. */
const leaseSchema = z.looseObject({
  /** Random per process: the same owner taking the lease again is no conflict. */
  owner: name,
  /** Who a person would ask: user or CI job. */
  who: z.string().max(200),
  host: name,
  pid: count,
  /** Clock ticks after boot at which the process started; with pid, boot and namespace its identity. */
  startTicks: count,
  boot: z.string(),
  pidNamespace: z.string(),
  run: name,
  /** Grows with every lease ever given in this environment. */
  fencing: count,
  acquiredAt: time,
  renewedAt: time,
  expiresAt: time,
  /** The CI job that the holder is, for its host to say whether it still runs. */
  job: z
    .looseObject({
      forge: z.enum(["github", "gitlab"]),
      repository: z.string(),
      run: z.string(),
      job: z.string().optional(),
      attempt: z.int().optional(),
      /** Its machine was made for it alone, and goes with it. */
      disposable: z.boolean().optional(),
    })
    .optional(),
  /** The pod that the holder runs in, for its cluster to say whether it is still there. */
  pod: z
    .looseObject({
      namespace: name,
      name,
      uid: name,
      /** The uid of its service account, which no other cluster has. */
      account: name,
      container: z.looseObject({ name, id: z.string().min(1) }).optional(),
    })
    .optional(),
});
export type Lease = z.infer<typeof leaseSchema>;

/** `applying`: an attempt began and its end is not recorded. `never`: declared, not yet attempted. */
const stackResults = ["good", "failed", "applying", "never", "destroyed"] as const;

const liveSchema = z.looseObject({ commit: sha, closureDigest: z.string(), stateDigest: z.string(), run: name, since: time });

/** One stack: what its last attempt applied and how it ended, and the last commit it was good at. */
const stackSchema = z.looseObject({
  /** The commit of the last attempt; null when there was none. */
  commit: sha.nullable(),
  closureDigest: z.string(),
  /** Of the state after the attempt; "" when it was not read. */
  stateDigest: z.string(),
  result: z.enum(stackResults),
  since: time,
  run: name.nullable(),
  resources: count,
  pulumiStack: name,
  /** State backend URL without credentials. */
  backend: z.string(),
  lastGood: liveSchema.nullable(),
  /** What was last good before that, of other contents. */
  previousGood: liveSchema.optional(),
  /** Stacks that it reads and that moved in a run which it was left out of. */
  outdated: z.array(name).optional(),
  /** A rebuild that began on it and did not end well, while its run is the stack's last. `isWhole`: its state holds all that is known to exist. */
  rebuild: z.looseObject({ run: name, isWhole: z.boolean() }).optional(),
  /** How long the last good runs took that changed something, in ms. */
  tookMs: z.array(z.number().min(0)).optional(),
});
export type StackRecord = z.infer<typeof stackSchema>;

const reasoned = { reason: z.string(), by: z.string(), since: time };

/** `kind`: left out for a hold, "pin", or one that a newer runner knows: to this one it is a hold. `commit`: of a pin, what was live. */
const holdSchema = z.looseObject({
  id: name,
  stacks: z.array(name),
  ...reasoned,
  until: time.nullable(),
  kind: z.string().optional(),
  commit: sha.nullable().optional(),
});
/** How a rollback was written to git. `kind`: as the door of workflows/write-back answers, or what a newer runner says. */
const writtenBackSchema = z.looseObject({
  kind: name,
  at: time,
  number: z.int().optional(),
  url: z.string().optional(),
  name: z.string().optional(),
  sha: sha.optional(),
  files: z.array(z.string()).optional(),
  why: z.string().optional(),
});
export type WrittenBack = z.infer<typeof writtenBackSchema>;

/** A unit that failed is not tried again while its closures are these. `writtenBack`: left out until that was done. */
const vetoSchema = z.looseObject({
  closureDigests: z.record(name, z.string()),
  commit: sha,
  run: name,
  reason: z.string(),
  since: time,
  writtenBack: writtenBackSchema.optional(),
  /** Within its run. */
  unit: z.string().optional(),
  /** First-parent commits that brought it. */
  commits: z.array(sha).optional(),
  /** `rollingBack`: whoever has the lease next takes it back first. */
  state: z.enum(["rollingBack", "rolledBack", "failed", "frozen"]).optional(),
  /** Its stacks as they were to be applied. */
  waves: z.array(z.array(name)).optional(),
  /** Where stacks go back to that were good since, because somebody says so. */
  targets: z.record(name, liveSchema).optional(),
  /** The newest head of the branch that was found to bring nothing else. */
  head: sha.optional(),
});
const freezeSchema = z.looseObject({ id: name, stacks: z.array(name), run: name.nullable(), ...reasoned, until: time.nullable().optional() });
const orphanSchema = z.looseObject({ stack: name, pulumiStack: name, backend: z.string(), resources: count, commit: sha.nullable(), since: time });
const keptPathSchema = z.looseObject({ path: z.string(), firstSeen: time, returns: z.array(time) });
/** Where live differs from what was applied. Paths only: values belong to the state, not to git. */
const openFindingSchema = z.looseObject({
  stack: name,
  urn: z.string(),
  type: z.string(),
  name: z.string(),
  kind: z.string(),
  paths: z.array(z.string()),
  firstSeen: time,
  lastSeen: time,
  tries: count,
  /** By path, `""` for the whole resource: since when, and when it came back within the last day. */
  properties: z.array(keptPathSchema).optional(),
  lastTry: time.optional(),
  /** Since when it is left alone because somebody else writes it. */
  fightSince: time.optional(),
});
export type OpenFinding = z.infer<typeof openFindingSchema>;

/** What differed within the last day and no longer does. */
const closedPathSchema = z.looseObject({ stack: name, urn: z.string(), path: z.string(), at: time, returns: z.array(time) });
/** What a person said is not ours, until a date. Kept beyond it, so that whoever looks is told that it is over, until somebody takes it away. */
const ignoreSchema = z.looseObject({ id: name, stack: name, urn: z.string(), type: z.string(), name: z.string(), path: z.string(), ...reasoned, until: time });
export type KeptIgnore = z.infer<typeof ignoreSchema>;

const driftSchema = z.looseObject({
  checkedAt: time.nullable(),
  findings: z.array(openFindingSchema),
  closed: z.array(closedPathSchema).optional(),
  /** When each stack that has a schedule was last looked at. */
  checks: z.record(name, time).optional(),
  ignores: z.array(ignoreSchema).optional(),
});

const identitySchema = z.looseObject({ cloud: z.string(), account: z.string().nullable(), cluster: z.string().nullable() });

/** `environment.json` at the root of the ledger branch. */
export const environmentRecordSchema = z.looseObject({
  schema: z.literal(ledgerSchemaVersion),
  environment: name,
  /** 1 in the first commit, one more in each that follows. */
  sequence: z.int().min(1),
  /** The highest fencing number ever given. */
  fencing: count,
  lease: leaseSchema.nullable(),
  branch: z.looseObject({ name, head: sha, seenAt: time }).nullable(),
  identity: identitySchema.nullable(),
  stacks: z.record(name, stackSchema),
  holds: z.array(holdSchema),
  vetoes: z.array(vetoSchema),
  freezes: z.array(freezeSchema),
  orphans: z.array(orphanSchema),
  drift: driftSchema,
});
export type EnvironmentRecord = z.infer<typeof environmentRecordSchema>;

/** A hold whose time is over leaves the record with the next commit, whatever that is about. */
export function withoutExpired(record: EnvironmentRecord, now: Date): EnvironmentRecord {
  const stands = (one: { readonly until?: string | null | undefined }): boolean => !isOver(one, now);
  return { ...record, holds: record.holds.filter(stands), freezes: record.freezes.filter(stands) };
}

export function emptyEnvironment(environment: string): EnvironmentRecord {
  return {
    schema: ledgerSchemaVersion,
    environment,
    sequence: 1,
    fencing: 0,
    lease: null,
    branch: null,
    identity: null,
    stacks: {},
    holds: [],
    vetoes: [],
    freezes: [],
    orphans: [],
    drift: { checkedAt: null, findings: [] },
  };
}
