import { items, member, type NamedRule, type Seen } from "./rule.ts";

const templated = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"]);

/** The pod inside a workload, or undefined when the resource runs none. */
function podOf({ type, props }: Seen): unknown {
  if (!type.startsWith("kubernetes:")) return undefined;
  const kind = type.slice(type.lastIndexOf(":") + 1);
  const spec = props["spec"];
  if (kind === "Pod") return spec;
  if (kind === "CronJob") return member(member(member(member(spec, "jobTemplate"), "spec"), "template"), "spec");
  return templated.has(kind) ? member(member(spec, "template"), "spec") : undefined;
}

function containersOf(pod: unknown): readonly unknown[] {
  return [...items(member(pod, "initContainers")), ...items(member(pod, "containers"))];
}

const nameOf = (container: unknown): string => String(member(container, "name"));

export const noPrivilegedPod: NamedRule = {
  name: "no-privileged-pod",
  description: "No pod reaches its node: no privileged container, no host network, process or IPC space, no path of the host",
  level: "mandatory",
  rule(resource) {
    const pod = podOf(resource);
    const privileged = containersOf(pod).filter((container) => member(member(container, "securityContext"), "privileged") === true);
    const host = ["hostNetwork", "hostPID", "hostIPC"].filter((key) => member(pod, key) === true);
    const paths = items(member(pod, "volumes")).filter((volume) => member(volume, "hostPath"));
    return [
      ...privileged.map((container) => `Container ${nameOf(container)} is privileged.`),
      ...host.map((key) => `The pod asks for ${key}.`),
      ...paths.map((volume) => `Volume ${nameOf(volume)} is a path of the host.`),
    ];
  },
};

export const limitsOnPods: NamedRule = {
  name: "limits-on-pods",
  description: "Every container says how much memory and processor it may use",
  level: "advisory",
  rule(resource) {
    return containersOf(podOf(resource)).flatMap((container) => {
      const limits = member(member(container, "resources"), "limits");
      const missing = ["cpu", "memory"].filter((key) => !member(limits, key));
      return missing.length === 0 ? [] : [`Container ${nameOf(container)} has no limit on ${missing.join(" and ")}.`];
    });
  },
};
