import type { Catalog } from "../catalog/catalog.ts";
import type { CloudObject } from "../store/record.ts";
import { hex } from "../wire/digest.ts";
import type { JsonObject } from "../wire/json.ts";
import { liveObject } from "./outputs.ts";
import { placeOf, type Setting } from "./place.ts";

const seededAt = "2024-01-01T00:00:00.000Z";
export const zoneLetters = ["a", "b", "c"] as const;

interface Seed {
  readonly type: string;
  readonly id: string;
  readonly name: string;
  readonly inputs: JsonObject;
}

export function defaultVpcId(setting: Setting): string {
  return `vpc-${hex(17, setting.account, setting.region, "default vpc")}`;
}

export function defaultSubnetIds(setting: Setting): string[] {
  return zoneLetters.map((letter) => `subnet-${hex(17, setting.account, setting.region, "default subnet", letter)}`);
}

function awsSeeds(setting: Setting): Seed[] {
  const vpcId = defaultVpcId(setting);
  const vpc = { type: "aws:ec2/vpc:Vpc", id: vpcId, name: "default", inputs: { cidrBlock: "172.31.0.0/16", enableDnsHostnames: true, enableDnsSupport: true } };
  const subnets = defaultSubnetIds(setting).map((id, i) => ({
    type: "aws:ec2/subnet:Subnet",
    id,
    name: `default-${i + 1}`,
    inputs: { vpcId, cidrBlock: `172.31.${i * 16}.0/20`, availabilityZone: `${setting.region}${zoneLetters[i] ?? "a"}`, mapPublicIpOnLaunch: true },
  }));
  return [vpc, ...subnets];
}

function clusterSeeds(): Seed[] {
  const namespaces = ["default", "kube-system", "kube-public", "kube-node-lease"].map((name) => ({
    type: "kubernetes:core/v1:Namespace",
    id: name,
    name,
    inputs: { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { "kubernetes.io/metadata.name": name } } },
  }));
  const service = {
    type: "kubernetes:core/v1:Service",
    id: "default/kubernetes",
    name: "kubernetes",
    inputs: {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "kubernetes", namespace: "default", labels: { component: "apiserver", provider: "kubernetes" } },
      spec: { clusterIP: "10.96.0.1", ports: [{ name: "https", port: 443, targetPort: 6443, protocol: "TCP" }] },
    },
  };
  return [...namespaces, service];
}

/** What every new account and every new cluster has. */
export function seedsOf(catalog: Catalog, setting: Setting): CloudObject[] {
  const seeds = setting.package === "aws" ? awsSeeds(setting) : setting.package === "kubernetes" ? clusterSeeds() : [];
  return seeds.map(({ type, id, name, inputs }) => {
    const place = placeOf(setting, type, {});
    const salt = hex(32, place.account, place.region, id);
    const subject = { catalog, setting, type, id, name, account: place.account, region: place.region, createdAt: seededAt, salt, inputs };
    return {
      ...place,
      type,
      id,
      createdBy: "",
      createdAt: seededAt,
      changedAt: seededAt,
      revision: 1,
      health: "healthy",
      salt,
      secrets: [],
      inputs,
      properties: liveObject(subject, 1),
    };
  });
}
