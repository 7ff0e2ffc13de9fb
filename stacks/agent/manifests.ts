import type * as k8s from "@pulumi/kubernetes";

/** What the agent is made of on Kubernetes. deploy/kubernetes/agent.yaml says the same for who uses no Pulumi there. */
export interface AgentManifests {
  readonly serviceAccount: k8s.types.input.core.v1.ServiceAccount;
  readonly role: k8s.types.input.rbac.v1.Role;
  readonly roleBinding: k8s.types.input.rbac.v1.RoleBinding;
  readonly settings: k8s.types.input.core.v1.ConfigMap;
  readonly data: k8s.types.input.core.v1.PersistentVolumeClaim;
  readonly deployment: k8s.types.input.apps.v1.Deployment;
  readonly service: k8s.types.input.core.v1.Service;
  readonly networkPolicy: k8s.types.input.networking.v1.NetworkPolicy;
}

export interface AgentFacts {
  readonly namespace: string;
  /** With an exact tag or a digest. */
  readonly image: string;
  /** The file of `trueup agent --config`, as text. */
  readonly settings: string;
  /** Name of the Secret whose files are at /run/secrets/trueup. */
  readonly secret: string;
  /** Of the namespace that Prometheus is in. */
  readonly monitoring: string;
  readonly storage: string;
}

const name = "trueup-agent";
const selector = { "app.kubernetes.io/name": name };
const port = 9464;
const data = "/var/lib/trueup";
const account = "/run/secrets/trueup-account";

const probe = { httpGet: { path: "/healthz", port: "metrics" }, periodSeconds: 15, timeoutSeconds: 5 };

function container({ image }: AgentFacts): k8s.types.input.core.v1.Container {
  return {
    name: "agent",
    image,
    args: ["agent", "--config=/etc/trueup/agent.yaml", `--data=${data}/repositories`, `--listen=0.0.0.0:${port}`, "--log=json"],
    env: [
      { name: "HOME", value: `${data}/home` },
      { name: "XDG_CACHE_HOME", value: `${data}/cache` },
      { name: "TRUEUP_ACTOR", value: name },
      { name: "TRUEUP_CONTAINER", value: "agent" },
      { name: "TRUEUP_SERVICE_ACCOUNT", value: account },
    ],
    ports: [{ name: "metrics", containerPort: port }],
    // The first look brings whole histories: it may take half an hour.
    startupProbe: { ...probe, failureThreshold: 120 },
    livenessProbe: { ...probe, failureThreshold: 4 },
    readinessProbe: { ...probe, failureThreshold: 2 },
    // The agent itself needs 200 MB; what it starts, engines and programs, needs the rest.
    resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "3Gi" } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
    volumeMounts: [
      { name: "data", mountPath: data },
      { name: "tmp", mountPath: "/tmp" },
      { name: "settings", mountPath: "/etc/trueup", readOnly: true },
      { name: "secrets", mountPath: "/run/secrets/trueup", readOnly: true },
      { name: "account", mountPath: account, readOnly: true },
    ],
  };
}

/** By which it proves that the pod before it is gone. Not at the usual place: no library takes it for its own there. */
const accountVolume: k8s.types.input.core.v1.Volume = {
  name: "account",
  projected: {
    defaultMode: 0o440,
    sources: [
      { serviceAccountToken: { path: "token", expirationSeconds: 3600 } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    ],
  },
};

/** All names and limits are decided here; what differs between installations is in the facts. */
export function agentManifests(facts: AgentFacts): AgentManifests {
  const metadata = { name, namespace: facts.namespace, labels: selector };
  const kind = <const V extends string, const K extends string>(apiVersion: V, is: K): { apiVersion: V; kind: K; metadata: typeof metadata } => ({
    apiVersion,
    kind: is,
    metadata,
  });
  return {
    serviceAccount: { ...kind("v1", "ServiceAccount"), automountServiceAccountToken: false },
    // All that it may: see whether a pod beside it, which held a lease, is still there.
    role: { ...kind("rbac.authorization.k8s.io/v1", "Role"), rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
    roleBinding: {
      ...kind("rbac.authorization.k8s.io/v1", "RoleBinding"),
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: facts.namespace }],
    },
    settings: { ...kind("v1", "ConfigMap"), data: { "agent.yaml": facts.settings } },
    data: { ...kind("v1", "PersistentVolumeClaim"), spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: facts.storage } } } },
    deployment: {
      ...kind("apps/v1", "Deployment"),
      spec: {
        // One at a time: two would only wait for each other's leases.
        replicas: 1,
        strategy: { type: "Recreate" },
        selector: { matchLabels: selector },
        template: {
          metadata: { labels: selector },
          spec: {
            serviceAccountName: name,
            automountServiceAccountToken: false,
            // An apply that runs is ended cleanly: resources that are being made are waited for.
            terminationGracePeriodSeconds: 1800,
            securityContext: { runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001, seccompProfile: { type: "RuntimeDefault" } },
            containers: [container(facts)],
            volumes: [
              { name: "data", persistentVolumeClaim: { claimName: name } },
              { name: "tmp", emptyDir: {} },
              { name: "settings", configMap: { name } },
              { name: "secrets", secret: { secretName: facts.secret, defaultMode: 0o440 } },
              accountVolume,
            ],
          },
        },
      },
    },
    service: { ...kind("v1", "Service"), spec: { selector, ports: [{ name: "metrics", port, targetPort: "metrics" }] } },
    networkPolicy: {
      ...kind("networking.k8s.io/v1", "NetworkPolicy"),
      spec: {
        podSelector: { matchLabels: selector },
        policyTypes: ["Ingress"],
        // Nothing speaks to the agent but who reads its metrics.
        ingress: [
          {
            from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": facts.monitoring } } }],
            ports: [{ protocol: "TCP", port: "metrics" }],
          },
        ],
      },
    },
  };
}
