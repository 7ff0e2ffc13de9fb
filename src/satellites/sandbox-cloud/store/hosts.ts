import { at, isList, isObject, textAt, type Json } from "../wire/json.ts";
import type { Objects } from "./objects.ts";
import type { CloudObject } from "./record.ts";

/** Inputs that say under which hosts an object is reached; of an annotation such as external-dns's its last part. */
const hostKeys =
  /^(?:.*\/)?(host|hosts|hostname|hostnames|domain|domainName|domainNames|aliases|fqdn|dnsName|dnsNames|address|endpoint|apiEndpoint|websiteEndpoint|functionUrl|url|name|value)$/;

function named(text: string, host: string): boolean {
  const bare = text
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, "")
    .replace(/[/:].*$/, "")
    .replace(/\.$/, "");
  return bare === host || (bare.startsWith("*.") && host.endsWith(bare.slice(1)));
}

function mentions(value: Json | undefined, host: string, key = ""): boolean {
  if (typeof value === "string") return hostKeys.test(key) && value.includes(".") && named(value, host);
  if (isList(value)) return value.some((item) => mentions(item, host, key));
  return isObject(value) && Object.entries(value).some(([name, member]) => mentions(member, host, name));
}

function serviceNames(value: Json | undefined, key = ""): string[] {
  if (isList(value)) return value.flatMap((item) => serviceNames(item, key));
  if (!isObject(value)) return [];
  const own = (key === "backendRefs" || key === "service") && typeof value["name"] === "string" ? [value["name"]] : [];
  const old = typeof value["serviceName"] === "string" ? [value["serviceName"]] : [];
  return [...own, ...old, ...Object.entries(value).flatMap(([name, member]) => serviceNames(member, name))];
}

function selected(workload: CloudObject, selector: Json | undefined): boolean {
  if (!isObject(selector) || Object.keys(selector).length === 0) return false;
  const labels =
    at(workload.properties, "spec", "template", "metadata", "labels") ??
    (workload.type.endsWith(":Pod") ? at(workload.properties, "metadata", "labels") : undefined);
  return Object.entries(selector).every(([key, value]) => at(labels, key) === value);
}

/** The Services that a route or Ingress sends to, and the workloads behind them (or behind a Service itself). */
function behind(objects: Objects, front: CloudObject): CloudObject[] {
  const namespace = textAt(front.properties, "metadata", "namespace");
  const neighbours = [...objects.walk({ provider: front.provider, account: front.account, region: front.region })].filter(
    (each) => textAt(each.properties, "metadata", "namespace") === namespace,
  );
  const wanted = new Set(serviceNames(front.properties["spec"]));
  const services = neighbours.filter(
    (each) => each.type === "kubernetes:core/v1:Service" && (each === front || wanted.has(textAt(each.properties, "metadata", "name") ?? "")),
  );
  const all = front.type === "kubernetes:core/v1:Service" ? [front, ...services] : services;
  const workloads = neighbours.filter((each) => all.some((service) => selected(each, at(service.properties, "spec", "selector"))));
  return [...services, ...workloads];
}

/** The hosts that a DNS record sends on to. */
function targets(object: CloudObject): readonly string[] {
  const records = object.type === "aws:route53/record:Record" ? object.properties["records"] : undefined;
  return isList(records) ? records.filter((each) => typeof each === "string").map((each) => each.toLowerCase().replace(/\.$/, "")) : [];
}

/** Every object that must be well for this host to answer, also behind the names it leads to; none when nobody has the host. */
export function claimsOf(objects: Objects, host: string): readonly CloudObject[] {
  if (host === "") return [];
  const found = new Map<string, CloudObject>();
  const hosts = new Set([host]);
  for (const asked of hosts) {
    for (const object of objects.walk()) {
      if (!mentions(object.properties, asked)) continue;
      const all = object.provider === "kubernetes" ? [object, ...behind(objects, object)] : [object];
      for (const each of all) found.set([each.provider, each.account, each.region, each.type, each.id].join(" "), each);
      for (const target of targets(object)) hosts.add(target);
    }
  }
  return [...found.values()];
}
