import { kindOf } from "../answers/subject.ts";
import { isList, isObject, type Json } from "../wire/json.ts";
import { unknown } from "../wire/special.ts";
import { parseCidr } from "./cidr.ts";
import type { CheckFacts, Failure } from "./failure.ts";

function known(value: Json | undefined): value is string {
  return typeof value === "string" && value !== unknown;
}

function cidrFailures(value: Json, property: string): Failure[] {
  if (isList(value)) return value.flatMap((item, i) => cidrFailures(item, `${property}[${i}]`));
  if (!known(value) || value === "") return [];
  const cidr = parseCidr(value);
  if (cidr === undefined) return [{ property, reason: `"${value}" is not a valid CIDR block` }];
  return cidr.aligned || property.includes("[") ? [] : [{ property, reason: `"${value}" is not a valid CIDR block: it has address bits beyond its prefix` }];
}

/** Every `cidrBlock(s)` at any depth (IPv6 ones have other names). */
function allCidrs(value: Json, path = ""): Failure[] {
  if (isList(value)) return value.flatMap((item, i) => allCidrs(item, `${path}[${i}]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const here = path === "" ? key : `${path}.${key}`;
    return /^(cidrBlocks?|destinationCidrBlock|cidrIpv4)$/.test(key) ? cidrFailures(member, here) : allCidrs(member, here);
  });
}

function sizeFailures(cidr: Json | undefined): Failure[] {
  const block = known(cidr) ? parseCidr(cidr) : undefined;
  if (block === undefined || (block.prefix >= 16 && block.prefix <= 28)) return [];
  return [{ property: "cidrBlock", reason: `expected a netmask between /16 and /28, got /${block.prefix}` }];
}

const jsonInputs: Readonly<Record<string, readonly string[]>> = {
  Role: ["assumeRolePolicy"],
  Policy: ["policy"],
  RolePolicy: ["policy"],
  BucketPolicy: ["policy"],
  QueuePolicy: ["policy"],
  TaskDefinition: ["containerDefinitions"],
};

function jsonFailures(facts: CheckFacts, kind: string): Failure[] {
  return (jsonInputs[kind] ?? []).flatMap((property) => {
    const text = facts.inputs[property];
    if (!known(text)) return [];
    try {
      JSON.parse(text);
      return [];
    } catch {
      return [{ property, reason: "contains invalid JSON" }];
    }
  });
}

type Rule = (facts: CheckFacts) => readonly Failure[];
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

const rules: Readonly<Record<string, Rule>> = {
  "ec2:Vpc": (facts) => sizeFailures(facts.inputs["cidrBlock"]),
  "ec2:Subnet": (facts) => sizeFailures(facts.inputs["cidrBlock"]),
  "s3:Bucket": ({ inputs }) =>
    known(inputs["bucket"]) && !bucketName.test(inputs["bucket"])
      ? [{ property: "bucket", reason: `"${inputs["bucket"]}" is not a valid bucket name: 3 to 63 lower case letters, digits, '-' and '.'` }]
      : [],
  "iam:Role": ({ inputs }) =>
    known(inputs["name"]) && inputs["name"].length > 64 ? [{ property: "name", reason: "expected length of name to be in the range (1 - 64)" }] : [],
  "rds:Instance": ({ inputs }) =>
    typeof inputs["allocatedStorage"] === "number" && inputs["allocatedStorage"] < 5
      ? [{ property: "allocatedStorage", reason: "must be at least 5 (GiB)" }]
      : [],
  "autoscaling:Group": ({ inputs }) =>
    typeof inputs["minSize"] === "number" && typeof inputs["maxSize"] === "number" && inputs["minSize"] > inputs["maxSize"]
      ? [{ property: "minSize", reason: "must not be greater than maxSize" }]
      : [],
};

/** What aws would refuse and can be told from the inputs alone. */
export function awsFailures(facts: CheckFacts): Failure[] {
  const { service, kind } = kindOf(facts.type);
  return [...allCidrs(facts.inputs), ...jsonFailures(facts, kind), ...(rules[`${service}:${kind}`]?.(facts) ?? [])];
}
