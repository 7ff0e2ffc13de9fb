import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

export interface Quota {
  readonly cpu: string;
  readonly memory: string;
  readonly pods: number;
}

export interface Tenant {
  readonly name: string;
  readonly quota: Quota;
  readonly developers: k8s.rbac.v1.ClusterRole;
}

/** A namespace for one team: what it may use, and who may look after it. */
export function tenant({ name, quota, developers }: Tenant, options: pulumi.CustomResourceOptions): pulumi.Output<string> {
  const space = new k8s.core.v1.Namespace(name, { metadata: { name, labels: { "pod-security.kubernetes.io/enforce": "restricted" } } }, options);
  const namespace = space.metadata.name;
  new k8s.core.v1.ResourceQuota(
    name,
    { metadata: { name: "quota", namespace }, spec: { hard: { "limits.cpu": quota.cpu, "limits.memory": quota.memory, pods: `${quota.pods}` } } },
    options,
  );
  new k8s.rbac.v1.RoleBinding(
    name,
    {
      metadata: { name: "developers", namespace },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: developers.metadata.name },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: `acme:${name}` }],
    },
    options,
  );
  return namespace;
}

/** What developers may do in the namespaces of their team: look at everything but secrets, and restart pods. */
export function developerRole(options: pulumi.CustomResourceOptions): k8s.rbac.v1.ClusterRole {
  const look = ["get", "list", "watch"];
  return new k8s.rbac.v1.ClusterRole(
    "developers",
    {
      metadata: { name: "acme-developers" },
      rules: [
        { apiGroups: ["", "apps"], resources: ["pods", "pods/log", "services", "events", "configmaps", "deployments", "statefulsets"], verbs: look },
        { apiGroups: [""], resources: ["pods"], verbs: ["delete"] },
      ],
    },
    options,
  );
}
