import { describe, expect, it } from "vitest";
import type { Workload } from "../../domain/environments/index.ts";
import { readiness } from "./readiness.ts";

const kinds = { deployment: "Deployment", statefulset: "StatefulSet", daemonset: "DaemonSet", pod: "Pod" } as const;

/** An object of the API, as its reference documents it. */
function object(kind: Workload["kind"], status: object, more: { readonly spec?: object; readonly metadata?: object } = {}): unknown {
  return {
    apiVersion: kind === "pod" ? "v1" : "apps/v1",
    kind: kinds[kind],
    metadata: { name: "web", namespace: "shop", generation: 2, ...more.metadata },
    spec: { replicas: 3, ...more.spec },
    status: { observedGeneration: 2, ...status },
  };
}
const told = (kind: Workload["kind"], body: unknown): string => {
  const { ok, answer } = readiness({ kind, name: "web" }, body);
  return `${ok} ${answer}`;
};

const rolledOut = { replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 };
const set = { replicas: 3, readyReplicas: 3, updatedReplicas: 3, currentRevision: "b", updateRevision: "b" };
const everywhere = { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 };
const partition = { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } };

describe("a workload is ready", () => {
  it.each<[string, Workload["kind"], unknown]>([
    ["with every replica updated and available", "deployment", object("deployment", rolledOut)],
    ["scaled to nothing", "deployment", object("deployment", {}, { spec: { replicas: 0 } })],
    [
      "with one replica, where none is written",
      "deployment",
      object("deployment", { replicas: 1, updatedReplicas: 1, availableReplicas: 1 }, { spec: { replicas: undefined } }),
    ],
    ["with all of a set at the newest revision", "statefulset", object("statefulset", set)],
    ["behind a partition", "statefulset", object("statefulset", { ...set, updatedReplicas: 1, currentRevision: "a" }, { spec: partition })],
    [
      "where a person updates by deleting",
      "statefulset",
      object("statefulset", { ...set, updatedReplicas: 0, currentRevision: "a" }, { spec: { updateStrategy: { type: "OnDelete" } } }),
    ],
    ["on every node", "daemonset", object("daemonset", everywhere)],
    ["as a pod that runs and is ready", "pod", object("pod", { phase: "Running", conditions: [{ type: "Ready", status: "True" }] })],
  ])("%s", (_, kind, body) => expect(told(kind, body)).toMatch(/^true /));
});

describe("a workload is not ready", () => {
  it.each<[string, Workload["kind"], unknown, string]>([
    ["one replica is missing", "deployment", object("deployment", { ...rolledOut, availableReplicas: 2 }), "2 of 3 are available"],
    ["the new ones are not made yet", "deployment", object("deployment", { ...rolledOut, updatedReplicas: 1 }), "1 of 3 are updated"],
    ["an old one is left", "deployment", object("deployment", { ...rolledOut, replicas: 4 }), "1 old ones are not gone yet"],
    ["its newest spec was not seen", "deployment", object("deployment", { ...rolledOut, observedGeneration: 1 }), "its newest spec has not been seen yet"],
    [
      "its rollout is stuck",
      "deployment",
      object("deployment", { ...rolledOut, updatedReplicas: 1, conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }] }),
      "1 of 3 are updated; its rollout makes no progress",
    ],
    ["it is being deleted", "deployment", object("deployment", rolledOut, { metadata: { deletionTimestamp: "2026-11-21T08:00:00Z" } }), "is being deleted"],
    ["one of a set is not ready", "statefulset", object("statefulset", { ...set, readyReplicas: 2 }), "2 of 3 are ready"],
    ["a set still has its old revision", "statefulset", object("statefulset", { ...set, updatedReplicas: 1, currentRevision: "a" }), "1 of 3 are updated"],
    [
      "what is before the partition is old",
      "statefulset",
      object("statefulset", { ...set, updatedReplicas: 0, currentRevision: "a" }, { spec: partition }),
      "0 of 1 are updated",
    ],
    ["a node has the old one", "daemonset", object("daemonset", { ...everywhere, updatedNumberScheduled: 2 }), "2 of 3 are updated"],
    ["a node has none", "daemonset", object("daemonset", { ...everywhere, numberAvailable: 2 }), "2 of 3 are available"],
    ["a pod waits", "pod", object("pod", { phase: "Pending" }), "phase Pending"],
    ["a pod has ended", "pod", object("pod", { phase: "Succeeded", conditions: [{ type: "Ready", status: "False" }] }), "phase Succeeded"],
    [
      "a pod is not ready",
      "pod",
      object("pod", { phase: "Running", conditions: [{ type: "Ready", status: "False", reason: "ContainersNotReady" }] }),
      "ContainersNotReady",
    ],
    ["there is no status", "pod", { kind: "Pod", metadata: { name: "web" } }, "has no status yet"],
    ["the answer is of another", "deployment", object("deployment", rolledOut, { metadata: { name: "api" } }), "the answer is no Deployment web"],
    ["the answer is of another kind", "deployment", object("statefulset", set), "the answer is no Deployment web"],
    ["the answer is nothing", "deployment", undefined, "the answer is no Deployment web"],
  ])("when %s", (...[, kind, body, says]) => expect(told(kind, body)).toBe(`false ${says}`));
});
