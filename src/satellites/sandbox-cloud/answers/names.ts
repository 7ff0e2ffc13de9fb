import { digits, hex, pick, uuid } from "../wire/digest.ts";
import { textAt } from "../wire/json.ts";
import { arnOf } from "./arn.ts";
import { idPrefixes } from "./ids.ts";
import { kebab, kindOf, type Subject } from "./subject.ts";

/** A host that can never exist outside the sandbox and names the object. */
export function hostOf(subject: Subject, word = ""): string {
  const { service, kind } = kindOf(subject.type);
  const label = `${subject.name}-${hex(8, subject.salt, word)}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, "-")
    .replace(/^-+/, "")
    .slice(-60)
    .replace(/^-+/, "");
  const area = /^[a-z]/.test(subject.region) ? `${subject.region}.` : "";
  return `${label}.${area}${(service === "index" ? kebab(kind) : service).replaceAll(/[^a-z0-9-]/gi, "-")}.sandbox.invalid`;
}

const enginePorts: Readonly<Record<string, number>> = {
  postgres: 5432,
  "aurora-postgresql": 5432,
  mysql: 3306,
  mariadb: 3306,
  "aurora-mysql": 3306,
  redis: 6379,
  valkey: 6379,
  memcached: 11211,
};

export function portOf(subject: Subject): number {
  const { service } = kindOf(subject.type);
  const byService: Readonly<Record<string, number>> = { rds: 3306, elasticache: 6379, redshift: 5439, memorydb: 6379, docdb: 27017, msk: 9092 };
  return enginePorts[textAt(subject.inputs, "engine") ?? ""] ?? byService[service] ?? 443;
}

type Rule = readonly [name: RegExp, value: (subject: Subject, property: string) => string];

function idFor(subject: Subject, property: string): string {
  const kind = property.replace(/Ids?$/, "").replace(/^(default|main|owner|primary)/, "");
  const upper = kind.slice(0, 1).toUpperCase() + kind.slice(1);
  if (/zone$/i.test(kind)) return `Z${hex(13, subject.salt, property).toUpperCase()}`;
  if (/^(key|kmsKey)$/i.test(kind)) return uuid(subject.salt, "key");
  const prefix = idPrefixes[upper] ?? idPrefixes[upper.replace(/^(Secondary|Association|Network)/, "")];
  if (prefix !== undefined) return `${prefix}-${hex(17, subject.salt, property)}`;
  return kind === "" ? subject.id : hex(17, subject.salt, property);
}

/** Values by the property's name, first match wins. */
const rules: readonly Rule[] = [
  [/^arn$/, (s) => arnOf({ ...s, name: s.name })],
  [/^(invokeArn)$/, (s) => `arn:aws:apigateway:${s.region}:lambda:path/2015-03-31/functions/${arnOf({ ...s, name: s.name })}/invocations`],
  [/^executionArn$/, (s) => `arn:aws:execute-api:${s.region}:${s.account}:${s.id}`],
  [
    /Arns?$/,
    (s, p) => (p.startsWith("qualified") ? `${arnOf({ ...s, name: s.name })}:1` : arnOf({ ...s, name: `${s.name}-${kebab(p.replace(/Arns?$/, ""))}` })),
  ],
  [/^region$/, (s) => (s.region === "global" ? s.setting.region : s.region)],
  [/^(availabilityZone|availabilityZones)$/, (s) => `${s.region}a`],
  [/^availabilityZoneIds?$/, () => "use1-az1"],
  [/^(accountId|ownerId|registryId|owner|awsAccountId|masterAccountId)$/, (s) => s.account],
  [/(domainValidation|issuer)/, (s, p) => `https://${hostOf(s, p)}`],
  [/(^url|Url|Uri|issuer)s?$/, (s, p) => `https://${hostOf(s, p)}`],
  [/(^fqdn|dns|Dns|dnsName|DnsName|Domain|domainName|DomainName|address|Address|hostname|Hostname|[hH]ost|privateDns|publicDns)$/, (s, p) => hostOf(s, p)],
  [/[eE]ndpoints?$/, (s, p) => hostOf(s, p)],
  [/ipv6/i, () => ""],
  [/(publicIp|PublicIp|elasticIp)/, (s) => `203.0.113.${pick(254, s.salt, "ip") + 1}`],
  [/([iI]p|IpAddress|Ips)$/, (s) => `10.0.${pick(250, s.salt, "net")}.${pick(250, s.salt, "ip") + 4}`],
  [/[cC]idr(Block)?s?$/, () => "10.0.0.0/16"],
  [/^(status|state|lifecycleState)$/, () => "ACTIVE"],
  [/(Date|Time|At|Timestamp|On|lastModified)$/, (s) => s.createdAt],
  [/^(name|.*[a-z]Name)$/, (s) => s.name],
  [/(sha1|[tT]humbprint|[fF]ingerprint)/, (s, p) => hex(40, s.salt, p)],
  [/(sha256|[hH]ash|[cC]hecksum|[eE]tag)/, (s, p) => hex(64, s.salt, p)],
  [/([vV]ersion)s?$/, () => "1"],
  [/([pP]assword|[sS]ecret|[tT]oken)$/, (s, p) => hex(32, s.salt, p)],
  [/(data|certificate)$/, (s, p) => Buffer.from(hex(48, s.salt, p), "utf8").toString("base64")],
  [/([aA]ccountIds?)$/, (s, p) => digits(12, s.salt, p)],
  [/Ids?$/, idFor],
  [/^ids?$/, (s) => s.id],
  [/^description$/, () => "Managed by Pulumi"],
  [/^partition$/, () => "aws"],
  [/^(architecture)s?$/, () => "x86_64"],
  [/^(engine)$/, () => "mysql"],
  [/^(type)$/, () => "default"],
];

/** A realistic text for a property that the cloud always gives. */
export function textFor(subject: Subject, property: string): string {
  for (const [name, value] of rules) if (name.test(property)) return value(subject, property);
  return `${kebab(property)}-${hex(7, subject.salt, property)}`;
}

export function numberFor(subject: Subject, property: string): number {
  if (/[pP]ort$/.test(property)) return portOf(subject);
  if (/(percent|Percentage)/i.test(property)) return 100;
  if (/(size|storage|volume|capacity)/i.test(property)) return 20;
  return /(iops|throughput)/i.test(property) ? 3000 : 1;
}
