import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import type { Place } from "../store/record.ts";
import { digits } from "../wire/digest.ts";
import { at, isList, isObject, textAt, type Json, type JsonObject } from "../wire/json.ts";

/** The account of an aws provider that says nothing about its account. */
const defaultAccount = "123456789012";
const defaultRegion = "us-east-1";

/** Services whose objects have no region, and bucket names, which are one space for all regions. */
const globalModules = new Set(["iam", "route53", "cloudfront", "organizations", "globalaccelerator", "shield", "waf", "account", "identitystore"]);
const globalTypes = new Set(["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"]);

/** Configuration values come as text; lists and objects as JSON text. */
function decoded(value: Json | undefined): Json | undefined {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

function awsAccount(config: JsonObject): string {
  const allowed = decoded(config["allowedAccountIds"]);
  const first = isList(allowed) ? allowed[0] : undefined;
  if (typeof first === "string" && first !== "") return first;
  const roles = decoded(config["assumeRoles"] ?? config["assumeRole"]);
  const arn = textAt(isList(roles) ? roles.at(-1) : roles, "roleArn");
  const inArn = /^arn:[\w-]+:iam::(\d{12}):/.exec(arn ?? "")?.[1];
  if (inArn !== undefined) return inArn;
  const profile = arn ?? textAt(config, "profile") ?? textAt(config, "accessKey");
  return profile === undefined ? defaultAccount : digits(12, "account", profile);
}

function kubeconfigOf(text: string): Json {
  const source = !text.includes("\n") && !text.trimStart().startsWith("{") && existsSync(text) ? readFileSync(text, "utf8") : text;
  try {
    return parse(source) as Json;
  } catch {
    return null;
  }
}

function byName(list: Json | undefined, name: string | undefined): Json | undefined {
  return isList(list) ? (list.find((item) => at(item, "name") === name) ?? list[0]) : undefined;
}

/** The cluster a kubernetes provider talks to, by its server's host, else the context's name, else "default"; and the context's namespace. */
export function clusterOf(config: JsonObject): { readonly cluster: string; readonly namespace: string } {
  const given = decoded(config["kubeconfig"]);
  const kubeconfig = typeof given === "string" ? kubeconfigOf(given) : (given ?? null);
  const contextName = textAt(config, "context") ?? textAt(kubeconfig, "current-context");
  const context = isObject(kubeconfig) ? byName(kubeconfig["contexts"], contextName) : undefined;
  const clusterName = textAt(config, "cluster") ?? textAt(context, "context", "cluster");
  const server = isObject(kubeconfig) ? textAt(byName(kubeconfig["clusters"], clusterName), "cluster", "server") : undefined;
  const cluster = server?.replace(/^https?:\/\//, "").replace(/\/+$/, "") ?? contextName ?? "default";
  return { cluster, namespace: textAt(config, "namespace") ?? textAt(context, "context", "namespace") ?? "default" };
}

/** What one provider instance was configured with. */
export interface Setting {
  readonly package: string;
  readonly account: string;
  /** The provider's own region; objects of global services are kept under "global". */
  readonly region: string;
  /** The namespace of kubernetes objects that name none. */
  readonly namespace: string;
  readonly config: JsonObject;
}

export function settingOf(pkg: string, config: JsonObject): Setting {
  if (pkg === "aws") return { package: pkg, account: awsAccount(config), region: textAt(config, "region") ?? defaultRegion, namespace: "", config };
  if (pkg !== "kubernetes") return { package: pkg, account: "local", region: "-", namespace: "", config };
  const { cluster, namespace } = clusterOf(config);
  return { package: pkg, account: cluster, region: "-", namespace, config };
}

/** Where an object of this type is kept. Since version 7 of the aws SDK a resource may name a region of its own. */
export function placeOf(setting: Setting, type: string, inputs: JsonObject): Place {
  const [provider = setting.package, module = ""] = type.split(":");
  if (provider !== "aws") return { provider, account: setting.account, region: "-" };
  const global = globalModules.has(module.split("/")[0] ?? "") || globalTypes.has(type);
  return { provider, account: setting.account, region: global ? "global" : (textAt(inputs, "region") ?? setting.region) };
}
