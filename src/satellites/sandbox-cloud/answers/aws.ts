import { digits, hex } from "../wire/digest.ts";
import { at, isList, isObject, textAt, type Draft, type Json, type JsonObject } from "../wire/json.ts";
import { hostOf, portOf } from "./names.ts";
import { kindOf, type Subject } from "./subject.ts";

type Special = (subject: Subject, inputs: JsonObject) => JsonObject;

function validationOptions(subject: Subject, inputs: JsonObject): Json {
  const alternatives = inputs["subjectAlternativeNames"];
  const names = [textAt(inputs, "domainName") ?? "example.invalid", ...(isList(alternatives) ? alternatives.filter((name) => typeof name === "string") : [])];
  return [...new Set(names)].map((name) => ({
    domainName: name,
    resourceRecordName: `_${hex(32, subject.salt, name, "name")}.${name.replace(/^\*\./, "")}.`,
    resourceRecordType: "CNAME",
    resourceRecordValue: `_${hex(32, subject.salt, name, "value")}.acm-validations.aws.`,
  }));
}

const websiteHost = (subject: Subject, bucket: string): string => `${bucket}.s3-website.${subject.setting.region}.sandbox.invalid`;

/** What the cloud answers where names and types alone would give something that programs stumble over. */
const specials: Readonly<Record<string, Special>> = {
  "acm:Certificate": (subject, inputs) => ({ domainValidationOptions: validationOptions(subject, inputs), status: "ISSUED" }),
  "s3:Bucket": (subject) => ({
    bucketDomainName: `${subject.id}.s3.amazonaws.com`,
    bucketRegionalDomainName: `${subject.id}.s3.${subject.setting.region}.amazonaws.com`,
    bucketRegion: subject.setting.region,
    hostedZoneId: "Z3AQBSTGFYJSTF",
    websiteEndpoint: websiteHost(subject, subject.id),
    websiteDomain: `s3-website.${subject.setting.region}.sandbox.invalid`,
    bucketPrefix: "",
  }),
  "s3:BucketWebsiteConfiguration": (subject, inputs) => ({ websiteEndpoint: websiteHost(subject, textAt(inputs, "bucket") ?? subject.id) }),
  "appsync:GraphQLApi": (subject) => ({ uris: { GRAPHQL: `https://${hostOf(subject)}/graphql`, REALTIME: `wss://${hostOf(subject)}/graphql` } }),
  "cloudformation:Stack": (subject) => ({ outputs: { Instances: subject.name } }),
  "rds:Instance": (subject, inputs) => {
    const port = typeof inputs["port"] === "number" ? inputs["port"] : portOf(subject);
    return { address: hostOf(subject), port, endpoint: `${hostOf(subject)}:${port}`, status: "available" };
  },
  "rds:Cluster": (subject) => ({ endpoint: hostOf(subject), readerEndpoint: hostOf(subject, "reader"), port: portOf(subject) }),
  "eks:Cluster": (subject) => ({
    endpoint: `https://${hex(32, subject.salt, "eks").toUpperCase()}.gr7.${subject.region}.eks.sandbox.invalid`,
    platformVersion: "eks.1",
    status: "ACTIVE",
    certificateAuthority: { data: Buffer.from(`-----BEGIN CERTIFICATE-----\n${hex(64, subject.salt, "ca")}\n-----END CERTIFICATE-----\n`).toString("base64") },
    certificateAuthorities: [{ data: Buffer.from(hex(64, subject.salt, "ca")).toString("base64") }],
    identities: [{ oidcs: [{ issuer: `https://oidc.eks.${subject.region}.sandbox.invalid/id/${hex(32, subject.salt, "oidc").toUpperCase()}` }] }],
  }),
  "ec2:Instance": () => ({ instanceState: "running" }),
  "ec2:Vpc": () => ({ instanceTenancy: "default", enableDnsSupport: true }),
  "lambda:Function": () => ({ version: "$LATEST" }),
  "iam:AccessKey": (subject) => ({ secret: hex(40, subject.salt, "secret") }),
  "iam:Role": () => ({ path: "/", maxSessionDuration: 3600 }),
  "ecr:Repository": (subject) => ({ repositoryUrl: `${subject.account}.dkr.ecr.${subject.region}.amazonaws.com/${subject.name}` }),
  "apigatewayv2:Api": (subject) => ({ apiEndpoint: `https://${subject.id}.execute-api.${subject.region}.sandbox.invalid` }),
  "route53:Record": (subject, inputs) => ({ fqdn: textAt(inputs, "name") ?? hostOf(subject) }),
  "route53:Zone": (subject) => ({ zoneId: subject.id, nameServers: [1, 2, 3, 4].map((n) => `ns-${n}.sandbox.invalid`) }),
  "kms:Key": (subject) => ({ keyId: subject.id }),
  "organizations:Account": (subject) => ({ id: digits(12, subject.salt) }),
};

function defaultTags(config: JsonObject): JsonObject {
  const given = config["defaultTags"];
  try {
    const parsed = typeof given === "string" ? (JSON.parse(given) as Json) : given;
    const tags = at(parsed, "tags");
    return isObject(tags) ? tags : {};
  } catch {
    return {};
  }
}

/** The special answers for one object, and `tagsAll`. What the program gave stays. */
export function awsSpecials(subject: Subject, inputs: JsonObject, declared: ReadonlySet<string>): JsonObject {
  const { service, kind } = kindOf(subject.type);
  const special = specials[`${service}:${kind.replace(/V2$/, "")}`];
  const found: Draft = {};
  for (const [key, value] of Object.entries(special?.(subject, inputs) ?? {})) {
    if (declared.has(key) && (inputs[key] === undefined || inputs[key] === null)) found[key] = value;
  }
  if (declared.has("tagsAll")) found["tagsAll"] = { ...defaultTags(subject.setting.config), ...(isObject(inputs["tags"]) ? inputs["tags"] : {}) };
  return found;
}
