import { hex, pick, uuid } from "../wire/digest.ts";
import { at, isList, isObject, textAt, textOf, type Draft, type Json, type JsonObject } from "../wire/json.ts";
import type { Subject } from "./subject.ts";

const clusterScoped = new Set([
  "Namespace",
  "Node",
  "PersistentVolume",
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "StorageClass",
  "PriorityClass",
  "IngressClass",
  "APIService",
  "MutatingWebhookConfiguration",
  "ValidatingWebhookConfiguration",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "CSIDriver",
  "CSINode",
  "RuntimeClass",
  "FlowSchema",
  "PriorityLevelConfiguration",
  "CertificateSigningRequest",
  "VolumeAttachment",
  "ClusterTrustBundle",
  "ComponentStatus",
  "GatewayClass",
  "ClusterIssuer",
  "PodSecurityPolicy",
  "IPAddress",
  "ServiceCIDR",
  "DeviceClass",
  "ResourceSlice",
  "ClusterPolicy",
  "ClusterSecretStore",
]);

export function kubernetesKind(type: string): string {
  return (type.split(":")[2] ?? "").replace(/Patch$/, "");
}

export function isNamespaced(type: string): boolean {
  return !clusterScoped.has(kubernetesKind(type));
}

export interface KubernetesName {
  readonly name: string;
  readonly namespace: string | undefined;
}

export function kubernetesId(name: KubernetesName): string {
  return name.namespace === undefined ? name.name : `${name.namespace}/${name.name}`;
}

function readyStatus(replicas: number, subject: Subject): JsonObject {
  const condition = {
    type: "Available",
    status: "True",
    reason: "MinimumReplicasAvailable",
    message: "Deployment has minimum availability.",
    lastTransitionTime: subject.createdAt,
    lastUpdateTime: subject.createdAt,
  };
  return { availableReplicas: replicas, readyReplicas: replicas, replicas, updatedReplicas: replicas, observedGeneration: 1, conditions: [condition] };
}

function balancerStatus(subject: Subject): JsonObject {
  const host = `${subject.name}-${hex(8, subject.salt, "lb")}.lb.sandbox.invalid`.toLowerCase();
  return { loadBalancer: { ingress: [{ ip: `203.0.113.${pick(254, subject.salt, "lb") + 1}`, hostname: host }] } };
}

type Kind = (subject: Subject, spec: JsonObject) => { readonly spec?: JsonObject; readonly status?: JsonObject };

const count = (spec: JsonObject): number => (typeof spec["replicas"] === "number" ? spec["replicas"] : 1);

function service(subject: Subject, spec: JsonObject): ReturnType<Kind> {
  const type = textAt(spec, "type") ?? "ClusterIP";
  const ports = isList(spec["ports"])
    ? spec["ports"].map((port): Json => (isObject(port) ? { protocol: "TCP", targetPort: port["port"] ?? null, ...port } : port))
    : null;
  const address: JsonObject = type === "ExternalName" ? {} : { clusterIP: `10.96.${pick(250, subject.salt, "c")}.${pick(250, subject.salt, "d") + 2}` };
  const nodePorts =
    type === "NodePort" || type === "LoadBalancer"
      ? ports?.map((port, i) => (isObject(port) ? { nodePort: 30_000 + pick(2700, subject.salt, String(i)), ...port } : port))
      : ports;
  return {
    spec: { type, sessionAffinity: "None", ...address, ...spec, ...(ports === null ? {} : { ports: nodePorts ?? ports }) },
    status: type === "LoadBalancer" ? balancerStatus(subject) : { loadBalancer: {} },
  };
}

/** What the server adds to the spec, and the status of an object that is well. */
const kinds: Readonly<Record<string, Kind>> = {
  Service: service,
  Deployment: (s, spec) => ({ spec: { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, ...spec }, status: readyStatus(count(spec), s) }),
  StatefulSet: (s, spec) => ({ spec: { replicas: 1, ...spec }, status: { ...readyStatus(count(spec), s), currentRevision: `${s.name}-${hex(10, s.salt)}` } }),
  ReplicaSet: (s, spec) => ({ spec: { replicas: 1, ...spec }, status: readyStatus(count(spec), s) }),
  DaemonSet: (_s, spec) => ({
    spec,
    status: {
      currentNumberScheduled: 3,
      desiredNumberScheduled: 3,
      updatedNumberScheduled: 3,
      observedGeneration: 1,
      numberReady: 3,
      numberAvailable: 3,
      numberMisscheduled: 0,
    },
  }),
  Job: (s, spec) => ({
    spec: { completions: 1, parallelism: 1, backoffLimit: 6, ...spec },
    status: { succeeded: 1, startTime: s.createdAt, completionTime: s.createdAt, conditions: [{ type: "Complete", status: "True" }] },
  }),
  Pod: (s, spec) => ({
    spec: { nodeName: "sandbox-node-1", restartPolicy: "Always", ...spec },
    status: {
      phase: "Running",
      podIP: `10.244.0.${pick(250, s.salt, "pod") + 2}`,
      hostIP: "10.0.0.10",
      startTime: s.createdAt,
      conditions: [{ type: "Ready", status: "True" }],
    },
  }),
  Ingress: (s, spec) => ({ spec, status: balancerStatus(s) }),
  Gateway: (s, spec) => ({
    spec,
    status: {
      addresses: [{ type: "Hostname", value: `${s.name}-${hex(8, s.salt, "gw")}.gw.sandbox.invalid`.toLowerCase() }],
      conditions: [{ type: "Programmed", status: "True" }],
    },
  }),
  Namespace: (_s, spec) => ({ spec: { finalizers: ["kubernetes"], ...spec }, status: { phase: "Active" } }),
  PersistentVolumeClaim: (s, spec) => ({
    spec: { volumeName: `pvc-${uuid(s.salt, "pv")}`, volumeMode: "Filesystem", ...spec },
    status: { phase: "Bound", accessModes: spec["accessModes"] ?? null },
  }),
  PersistentVolume: (_s, spec) => ({ spec, status: { phase: "Bound" } }),
  HorizontalPodAutoscaler: (_s, spec) => ({
    spec,
    status: { currentReplicas: count({ replicas: spec["minReplicas"] ?? 1 }), desiredReplicas: count({ replicas: spec["minReplicas"] ?? 1 }) },
  }),
  ResourceQuota: (_s, spec) => ({ spec, status: { hard: spec["hard"] ?? null, used: {} } }),
  CustomResourceDefinition: (_s, spec) => ({ spec, status: { conditions: [{ type: "Established", status: "True" }] } }),
};

function secretData(inputs: JsonObject): JsonObject {
  const given = isObject(inputs["stringData"]) ? inputs["stringData"] : {};
  const data: Draft = { ...(isObject(inputs["data"]) ? inputs["data"] : {}) };
  for (const [key, value] of Object.entries(given)) data[key] = Buffer.from(textOf(value), "utf8").toString("base64");
  return data;
}

function serverMetadata(subject: Subject, metadata: JsonObject, revision: number): JsonObject {
  const [first = "", second] = subject.id.split("/");
  const version = 1000 + pick(900_000, subject.salt, "rv") + revision;
  return {
    ...metadata,
    name: second ?? first,
    ...(second === undefined ? {} : { namespace: first }),
    uid: uuid(subject.salt, "uid"),
    resourceVersion: String(version),
    generation: revision,
    creationTimestamp: subject.createdAt,
  };
}

function secretMembers(subject: Subject, inputs: JsonObject): JsonObject {
  const token = at(inputs, "type") === "kubernetes.io/service-account-token";
  const made: JsonObject = token ? { token: Buffer.from(hex(40, subject.salt, "token")).toString("base64"), namespace: "" } : {};
  return { type: inputs["type"] ?? "Opaque", data: { ...made, ...secretData(inputs) } };
}

/** The controllers of the sandbox have always seen the newest spec. */
function seen(status: JsonObject, revision: number): JsonObject {
  return status["observedGeneration"] === undefined ? status : { ...status, observedGeneration: revision };
}

/** The live object: what was asked for and what the server adds. */
export function kubernetesObject(subject: Subject, inputs: JsonObject, revision: number): JsonObject {
  const kind = kubernetesKind(subject.type);
  const spec = isObject(inputs["spec"]) ? inputs["spec"] : {};
  const added = kinds[kind]?.(subject, spec) ?? {};
  const object: Draft = { ...inputs, metadata: serverMetadata(subject, isObject(inputs["metadata"]) ? inputs["metadata"] : {}, revision) };
  if (added.spec !== undefined && (inputs["spec"] !== undefined || kind === "Namespace")) object["spec"] = added.spec;
  if (added.status !== undefined && inputs["status"] === undefined) object["status"] = seen(added.status, revision);
  return kind === "Secret" ? { ...object, ...secretMembers(subject, inputs) } : object;
}
