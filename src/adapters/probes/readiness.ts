import { z } from "zod";
import type { Workload } from "../../domain/environments/index.ts";
import type { Answer } from "./site.ts";

const count = z.number().optional();
const conditions = z.array(z.looseObject({ type: z.string(), status: z.string(), reason: z.string().optional(), message: z.string().optional() })).nullish();
const answered = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional(), generation: count, deletionTimestamp: z.string().optional() }),
  spec: z
    .looseObject({
      replicas: count,
      updateStrategy: z.looseObject({ type: z.string().optional(), rollingUpdate: z.looseObject({ partition: count }).nullish() }).nullish(),
    })
    .nullish(),
  status: z
    .looseObject({
      observedGeneration: count,
      replicas: count,
      updatedReplicas: count,
      availableReplicas: count,
      readyReplicas: count,
      currentRevision: z.string().optional(),
      updateRevision: z.string().optional(),
      desiredNumberScheduled: count,
      updatedNumberScheduled: count,
      numberAvailable: count,
      phase: z.string().optional(),
      conditions,
    })
    .nullish(),
});
type Answered = z.infer<typeof answered>;
type Status = NonNullable<Answered["status"]>;

const kindNames: Readonly<Record<Workload["kind"], string>> = { deployment: "Deployment", statefulset: "StatefulSet", daemonset: "DaemonSet", pod: "Pod" };

const waiting = (answer: string): Answer => ({ ok: false, answer });
const ready = (answer: string): Answer => ({ ok: true, answer });

/** Every replica is of the newest template, none of an older one is left, and all are available. */
function deployment({ spec }: Answered, status: Status): Answer {
  const { updatedReplicas: updated = 0, replicas = 0, availableReplicas: available = 0 } = status;
  const wanted = spec?.replicas ?? 1;
  const stuck = status.conditions?.find(({ type, reason }) => type === "Progressing" && reason === "ProgressDeadlineExceeded");
  if (updated < wanted) return waiting(`${updated} of ${wanted} are updated${stuck === undefined ? "" : "; its rollout makes no progress"}`);
  if (replicas > updated) return waiting(`${replicas - updated} old ones are not gone yet`);
  return available < updated
    ? waiting(`${available} of ${updated} are available${stuck === undefined ? "" : "; its rollout makes no progress"}`)
    : ready(`${available} available`);
}

/** How many of a set are to be at the newest revision: those behind a partition keep the old one on purpose, and where a person updates by deleting, any may. */
function toUpdate({ spec }: Answered, wanted: number): number {
  const { type, rollingUpdate } = spec?.updateStrategy ?? {};
  return type === "OnDelete" ? 0 : Math.max(0, wanted - (rollingUpdate?.partition ?? 0));
}

function statefulSet(one: Answered, status: Status): Answer {
  const { readyReplicas = 0, updatedReplicas = 0, currentRevision, updateRevision } = status;
  const wanted = one.spec?.replicas ?? 1;
  const newest = toUpdate(one, wanted);
  if (readyReplicas < wanted) return waiting(`${readyReplicas} of ${wanted} are ready`);
  // Of a set that is through, both revisions are one, and the updated ones need not be counted.
  const isThrough = updateRevision === undefined || updateRevision === currentRevision;
  return isThrough || (updatedReplicas >= newest && newest < wanted) ? ready(`${readyReplicas} ready`) : waiting(`${updatedReplicas} of ${newest} are updated`);
}

function daemonSet(_: Answered, status: Status): Answer {
  const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled: updated = 0, numberAvailable: available = 0 } = status;
  if (updated < wanted) return waiting(`${updated} of ${wanted} are updated`);
  return available < wanted ? waiting(`${available} of ${wanted} are available`) : ready(`${available} available`);
}

function pod(_: Answered, { phase, conditions: all }: Status): Answer {
  const found = all?.find(({ type }) => type === "Ready");
  if (phase !== "Running") return waiting(`phase ${phase ?? "unknown"}`);
  return found?.status === "True" ? ready("ready") : waiting(found?.reason ?? "not ready");
}

const judges: Readonly<Record<Workload["kind"], (one: Answered, status: Status) => Answer>> = {
  deployment,
  statefulset: statefulSet,
  daemonset: daemonSet,
  pod,
};

/** What an answer of the API server says of a workload. One that is about something else says nothing. Pure. */
export function readiness({ kind, name }: Workload, body: unknown): Answer {
  const read = answered.safeParse(body);
  if (!read.success || read.data.kind !== kindNames[kind] || read.data.metadata.name !== name) return waiting(`the answer is no ${kindNames[kind]} ${name}`);
  const { metadata, status } = read.data;
  if (metadata.deletionTimestamp !== undefined) return waiting("is being deleted");
  if (status === undefined || status === null) return waiting("has no status yet");
  // Its controller has not seen the newest spec: what it says is about the one before.
  if (kind !== "pod" && (status.observedGeneration ?? 0) < (metadata.generation ?? 1)) return waiting("its newest spec has not been seen yet");
  return judges[kind](read.data, status);
}
