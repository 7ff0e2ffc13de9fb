import { kubernetesKind } from "../answers/kubernetes.ts";
import { at, isList, isObject, textAt, textOf, type Json, type JsonObject } from "../wire/json.ts";
import { hasUnknown, unknown } from "../wire/special.ts";
import type { CheckFacts, Failure } from "./failure.ts";

type Rule = (inputs: JsonObject, kind: string) => readonly Failure[];

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelKinds = new Set(["Service", "Namespace"]);
const freeKinds = new Set(["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"]);

function names(inputs: JsonObject, kind: string): Failure[] {
  const name = at(inputs, "metadata", "name");
  if (typeof name !== "string" || name === unknown || freeKinds.has(kind)) return [];
  if (labelKinds.has(kind) && (!label.test(name) || name.length > 63)) {
    return [
      {
        property: "metadata.name",
        reason: `invalid value "${name}": a ${kind}'s name must be at most 63 lower case letters, digits or '-', and begin and end with a letter or digit (RFC 1123 label)`,
      },
    ];
  }
  if (subdomain.test(name) && name.length <= 253) return [];
  return [
    {
      property: "metadata.name",
      reason: `invalid value "${name}": a name must consist of lower case letters, digits, '-' or '.', and begin and end with a letter or digit (RFC 1123 subdomain)`,
    },
  ];
}

function service(inputs: JsonObject): Failure[] {
  const spec = inputs["spec"];
  if (!isObject(spec)) return [{ property: "spec", reason: "missing required field: a Service needs a spec with ports" }];
  if (spec["type"] === "ExternalName")
    return textAt(spec, "externalName") === undefined ? [{ property: "spec.externalName", reason: "required for a Service of type ExternalName" }] : [];
  const ports = spec["ports"];
  const headless = spec["clusterIP"] === "None";
  if ((ports === undefined || ports === null || (isList(ports) && ports.length === 0)) && !headless)
    return [{ property: "spec.ports", reason: "required value: a Service needs at least one port (unless it is headless or of type ExternalName)" }];
  if (!isList(ports)) return [];
  const failures = ports.flatMap((port, i) => portFailures(port, `spec.ports[${i}]`));
  const unnamed = ports.findIndex((port) => isObject(port) && textAt(port, "name") === undefined);
  return ports.length > 1 && unnamed >= 0
    ? [...failures, { property: `spec.ports[${unnamed}].name`, reason: "required value: each port of a Service with several ports needs a name" }]
    : failures;
}

function portFailures(port: Json, property: string): Failure[] {
  if (!isObject(port) || hasUnknown(port["port"])) return [];
  const number = port["port"];
  if (number === undefined || number === null) return [{ property: `${property}.port`, reason: "required value" }];
  return typeof number === "number" && Number.isInteger(number) && number >= 1 && number <= 65_535
    ? []
    : [{ property: `${property}.port`, reason: `invalid value ${JSON.stringify(number)}: must be a whole number from 1 to 65535` }];
}

function selector(inputs: JsonObject): Failure[] {
  const wanted = at(inputs, "spec", "selector", "matchLabels");
  const labels = at(inputs, "spec", "template", "metadata", "labels");
  if (
    hasUnknown(at(inputs, "spec", "selector")) ||
    hasUnknown(at(inputs, "spec", "template", "metadata")) ||
    at(inputs, "spec") === unknown ||
    at(inputs, "spec", "template") === unknown
  )
    return [];
  const expressions = at(inputs, "spec", "selector", "matchExpressions");
  if (!isObject(wanted) || Object.keys(wanted).length === 0) {
    return isList(expressions) && expressions.length > 0
      ? []
      : [{ property: "spec.selector", reason: "required value: a selector that matches the template's labels" }];
  }
  const missing = Object.entries(wanted)
    .filter(([key, value]) => at(labels, key) !== value)
    .map(([key, value]) => `${key}=${textOf(value)}`);
  if (missing.length === 0) return [];
  return [
    {
      property: "spec.template.metadata.labels",
      reason: `invalid value: \`selector\` does not match template \`labels\`: the template lacks ${missing.join(", ")}`,
    },
  ];
}

function pod(spec: Json | undefined, property: string): Failure[] {
  if (spec === unknown) return [];
  const containers = at(spec, "containers");
  if (containers === undefined || containers === null || (isList(containers) && containers.length === 0))
    return [{ property: `${property}.containers`, reason: "required value: at least one container" }];
  if (!isList(containers)) return [];
  const seen = new Set<string>();
  return containers.flatMap((container, i): Failure[] => {
    if (!isObject(container)) return [];
    const name = textAt(container, "name");
    if (name === undefined) return [{ property: `${property}.containers[${i}].name`, reason: "required value" }];
    if (seen.has(name) && name !== unknown) return [{ property: `${property}.containers[${i}].name`, reason: `duplicate value "${name}"` }];
    seen.add(name);
    return textAt(container, "image") === undefined ? [{ property: `${property}.containers[${i}].image`, reason: "required value" }] : [];
  });
}

function workload(inputs: JsonObject): Failure[] {
  const replicas = at(inputs, "spec", "replicas");
  const negative =
    typeof replicas === "number" && replicas < 0
      ? [{ property: "spec.replicas", reason: `invalid value ${replicas}: must be greater than or equal to 0` }]
      : [];
  if (at(inputs, "spec") === unknown || at(inputs, "spec", "template") === unknown) return negative;
  return [...negative, ...selector(inputs), ...pod(at(inputs, "spec", "template", "spec"), "spec.template.spec")];
}

function binding(inputs: JsonObject): Failure[] {
  return textAt(inputs, "roleRef", "name") === undefined && !hasUnknown(inputs["roleRef"]) ? [{ property: "roleRef.name", reason: "required value" }] : [];
}

/** Refusals of the API server, by kind. */
const rules: Readonly<Record<string, Rule>> = {
  Service: service,
  Deployment: workload,
  StatefulSet: workload,
  DaemonSet: workload,
  ReplicaSet: workload,
  Job: (inputs) => (at(inputs, "spec", "template") === unknown ? [] : pod(at(inputs, "spec", "template", "spec"), "spec.template.spec")),
  CronJob: (inputs) => pod(at(inputs, "spec", "jobTemplate", "spec", "template", "spec"), "spec.jobTemplate.spec.template.spec"),
  Pod: (inputs) => pod(inputs["spec"], "spec"),
  RoleBinding: binding,
  ClusterRoleBinding: binding,
};

/** What the API server would refuse, and the kinds that the provider itself does not take. */
export function kubernetesFailures(facts: CheckFacts): Failure[] {
  const kind = kubernetesKind(facts.type);
  if (kind.endsWith("List") && !/^(Prefix|IP)List$/.test(kind)) {
    return [
      {
        property: "kind",
        reason: "list resources exist for compatibility with YAML manifests and Helm charts, and cannot be created directly: use the kind of its items",
      },
    ];
  }
  if (facts.type.endsWith("Patch")) {
    return at(facts.inputs, "metadata", "name") === undefined
      ? [{ property: "metadata.name", reason: "required: a Patch changes an existing object, which must be named" }]
      : [];
  }
  return [...names(facts.inputs, kind), ...(rules[kind]?.(facts.inputs, kind) ?? [])];
}
