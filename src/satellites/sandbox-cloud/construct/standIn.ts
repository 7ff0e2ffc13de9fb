import { fillMembers } from "../answers/fill.ts";
import type { Backing, Caller } from "../operations/call.ts";
import { hex } from "../wire/digest.ts";
import { isList, textAt, type Draft, type JsonObject } from "../wire/json.ts";

/** Lists that programs slice and index: networks have their subnets in three zones. */
const threefold = /(SubnetIds|subnetIds|availabilityZones)$/;

function clusterOutputs(salt: string): JsonObject {
  const server = `https://${hex(32, salt, "eks").toUpperCase()}.gr7.eks.sandbox.invalid`;
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "aws",
    preferences: {},
    clusters: [{ name: "kubernetes", cluster: { server } }],
    contexts: [{ name: "aws", context: { cluster: "kubernetes", user: "aws" } }],
    users: [{ name: "aws", user: {} }],
  };
  return { kubeconfig, kubeconfigJson: JSON.stringify(kubeconfig) };
}

/**
 * The outputs of a component of another language, made of its type and name alone: Construct runs anew in every preview and has no state, so
 * anything else would show a change for ever.
 */
export function standInOutputs(facts: {
  readonly backing: Backing;
  readonly caller: Caller;
  readonly type: string;
  readonly name: string;
  readonly inputs: JsonObject;
}): JsonObject {
  const { backing, caller, type, name, inputs } = facts;
  const salt = hex(32, type, name);
  const subject = {
    catalog: backing.catalog,
    setting: caller.setting,
    type,
    id: hex(17, salt),
    name,
    account: caller.setting.account,
    region: caller.setting.region,
    createdAt: "2024-01-01T00:00:00Z",
    salt,
    inputs,
  };
  const declared = backing.catalog.resource(type)?.outputs ?? {};
  const outputs: Draft = { ...fillMembers(subject, { given: type === "eks:index:Cluster" ? clusterOutputs(salt) : {}, members: declared, depth: 0 }) };
  for (const [key, value] of Object.entries(outputs)) {
    const first = isList(value) ? textAt(value, 0) : undefined;
    if (first !== undefined && threefold.test(key)) outputs[key] = [0, 1, 2].map((n) => `${first.slice(0, -1)}${n}`);
  }
  return outputs;
}
