import { digits, hex } from "../../wire/digest.ts";
import { isList, isObject, textAt, type Json, type JsonObject } from "../../wire/json.ts";
import type { CloudObject } from "../../store/record.ts";
import type { Ask, Invoke } from "../invokes.ts";
import { placeOf } from "../place.ts";
import { defaultSubnetIds, defaultVpcId, zoneLetters } from "../seeds.ts";
import { policyDocument } from "./policyDocument.ts";

const regionOf = (ask: Ask): string => textAt(ask.args, "region") ?? ask.caller.setting.region;
const salted = (length: number, ask: Ask): string => hex(length, ask.caller.setting.account, regionOf(ask), ask.token, JSON.stringify(ask.args));

function* live(ask: Ask, type: string): Generator<CloudObject> {
  yield* ask.backing.objects.walk({ ...placeOf(ask.caller.setting, type, ask.args), type });
}

function values(ask: Ask, filter: string): readonly Json[] {
  const filters = ask.args["filters"];
  const found = isList(filters) ? filters.find((each) => isObject(each) && each["name"] === filter) : undefined;
  return isObject(found) && isList(found["values"]) ? found["values"] : [];
}

function hasTags(object: CloudObject, tags: Json | undefined): boolean {
  if (!isObject(tags)) return true;
  return Object.entries(tags).every(([key, value]) => textAt(object.properties, "tags", key) === value);
}

function zones(ask: Ask): JsonObject {
  const region = regionOf(ask);
  const short = region
    .split("-")
    .map((part, i) => (i === 1 ? part.slice(0, 1) : part))
    .join("");
  return {
    id: region,
    names: zoneLetters.map((letter) => `${region}${letter}`),
    zoneIds: zoneLetters.map((_letter, i) => `${short}-az${i + 1}`),
    groupNames: [region],
  };
}

function subnets(ask: Ask): JsonObject {
  const wanted = values(ask, "vpc-id");
  const found = [...live(ask, "aws:ec2/subnet:Subnet")].filter(
    (each) => (wanted.length === 0 || wanted.includes(textAt(each.properties, "vpcId") ?? "")) && hasTags(each, ask.args["tags"]),
  );
  const made = wanted.length === 0 ? defaultSubnetIds(ask.caller.setting) : ["a", "b"].map((letter) => `subnet-${hex(17, JSON.stringify(wanted), letter)}`);
  return { id: regionOf(ask), ids: found.length > 0 ? found.map((each) => each.id) : made };
}

function byIdOrTags(ask: Ask, type: string): CloudObject | undefined {
  const id = textAt(ask.args, "id");
  const filters = ask.args["filters"];
  for (const object of live(ask, type)) {
    if (id === undefined ? isObject(ask.args["tags"]) && hasTags(object, ask.args["tags"]) : object.id === id) return object;
    if (id === undefined && isList(filters) && values(ask, "tag:Name").includes(textAt(object.properties, "tags", "Name") ?? "")) return object;
  }
  return undefined;
}

function vpc(ask: Ask): JsonObject {
  const found = byIdOrTags(ask, "aws:ec2/vpc:Vpc");
  if (found !== undefined) return { ...found.properties, id: found.id, default: found.id === defaultVpcId(ask.caller.setting), state: "available" };
  return {
    id: textAt(ask.args, "id") ?? defaultVpcId(ask.caller.setting),
    cidrBlock: "172.31.0.0/16",
    default: ask.args["id"] === undefined,
    state: "available",
  };
}

/** An object of the account answers for itself; else it is made up. */
const lookedUp =
  (type: string, by: readonly string[]): Invoke =>
  (ask) => {
    for (const object of live(ask, type)) {
      if (by.some((key) => textAt(ask.args, key) !== undefined && [object.id, textAt(object.properties, key)].includes(textAt(ask.args, key))))
        return { ...object.properties, id: object.id };
    }
    return {};
  };

function zone(ask: Ask): JsonObject {
  const name = textAt(ask.args, "name")?.replace(/\.$/, "");
  const found = lookedUp("aws:route53/zone:Zone", ["zoneId", "name"])({ ...ask, args: { ...ask.args, ...(name === undefined ? {} : { name }) } });
  if (found["id"] !== undefined) return { ...found, zoneId: found["id"] ?? null };
  const zoneId = textAt(ask.args, "zoneId") ?? `Z${salted(13, ask).toUpperCase()}`;
  return { zoneId, id: zoneId, name: name ?? "example.invalid", nameServers: [1, 2, 3, 4].map((n) => `ns-${n}.sandbox.invalid`) };
}

function ami(ask: Ask): JsonObject {
  const id = `ami-${salted(17, ask)}`;
  const device = { deviceName: "/dev/xvda", noDevice: "", virtualName: "", ebs: { volume_size: "8", volume_type: "gp3", delete_on_termination: "true" } };
  return {
    id,
    imageId: id,
    architecture: textAt(values(ask, "architecture"), 0) ?? "x86_64",
    name: textAt(values(ask, "name"), 0)?.replaceAll("*", "20240101") ?? "sandbox-image-20240101",
    ownerId: digits(12, "ami owner"),
    rootDeviceName: "/dev/xvda",
    rootDeviceType: "ebs",
    virtualizationType: "hvm",
    state: "available",
    blockDeviceMappings: [device],
    tags: {},
    productCodes: [],
  };
}

function identity(ask: Ask): JsonObject {
  const { account } = ask.caller.setting;
  return { accountId: account, id: account, arn: `arn:aws:iam::${account}:user/sandbox`, userId: `AIDA${hex(17, account).toUpperCase()}` };
}

function region(ask: Ask): JsonObject {
  const name = regionOf(ask);
  return { region: name, name, id: name, description: `${name} (sandbox)`, endpoint: `ec2.${name}.amazonaws.com` };
}

function organization(ask: Ask): JsonObject {
  const { account } = ask.caller.setting;
  const id = `o-${hex(10, account)}`;
  const master = {
    id: account,
    arn: `arn:aws:organizations::${account}:account/${id}/${account}`,
    email: "root@sandbox.invalid",
    name: "sandbox",
    status: "ACTIVE",
    state: "ACTIVE",
    joinedMethod: "INVITED",
    joinedTimestamp: "2024-01-01T00:00:00Z",
  };
  const rootId = `r-${hex(4, account)}`;
  return {
    id,
    arn: `arn:aws:organizations::${account}:organization/${id}`,
    masterAccountId: account,
    masterAccountArn: master.arn,
    masterAccountEmail: master.email,
    masterAccountName: master.name,
    accounts: [master],
    nonMasterAccounts: [],
    roots: [{ id: rootId, arn: `arn:aws:organizations::${account}:root/${id}/${rootId}`, name: "Root", policyTypes: [] }],
    featureSet: "ALL",
    awsServiceAccessPrincipals: [],
    enabledPolicyTypes: [],
  };
}

function token(ask: Ask): JsonObject {
  const password = salted(40, ask);
  const proxyEndpoint = `https://${ask.caller.setting.account}.dkr.ecr.${regionOf(ask)}.amazonaws.com`;
  return {
    id: regionOf(ask),
    userName: "AWS",
    password,
    proxyEndpoint,
    authorizationToken: Buffer.from(`AWS:${password}`).toString("base64"),
    expiresAt: "2034-01-01T00:00:00Z",
  };
}

function parameter(ask: Ask): JsonObject {
  const name = textAt(ask.args, "name") ?? "";
  const found = lookedUp("aws:ssm/parameter:Parameter", ["name"])(ask);
  if (found["id"] !== undefined) return found;
  const image = `ami-${salted(17, ask)}`;
  const value = name.endsWith("recommended")
    ? JSON.stringify({ image_id: image, image_name: "sandbox", os: "Linux" })
    : /ami|image/i.test(name)
      ? image
      : `value-of-${name}`;
  return {
    value,
    insecureValue: value,
    type: "String",
    version: 1,
    arn: `arn:aws:ssm:${regionOf(ask)}:${ask.caller.setting.account}:parameter${name.startsWith("/") ? "" : "/"}${name}`,
  };
}

/** Functions whose answer must follow from the arguments, or be of a known length. */
export const awsInvokes: Readonly<Record<string, Invoke>> = {
  "aws:iam/getPolicyDocument:getPolicyDocument": (ask) => ({ id: salted(10, ask), version: "2012-10-17", ...policyDocument(ask.args) }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": zones,
  "aws:ec2/getSubnets:getSubnets": subnets,
  "aws:ec2/getSubnetIds:getSubnetIds": subnets,
  "aws:ec2/getVpc:getVpc": vpc,
  "aws:ec2/getSubnet:getSubnet": (ask) => {
    const found = byIdOrTags(ask, "aws:ec2/subnet:Subnet");
    return found === undefined ? { id: textAt(ask.args, "id") ?? defaultSubnetIds(ask.caller.setting)[0] ?? "" } : { ...found.properties, id: found.id };
  },
  "aws:ec2/getSecurityGroup:getSecurityGroup": lookedUp("aws:ec2/securityGroup:SecurityGroup", ["id", "name"]),
  "aws:ec2/getRouteTable:getRouteTable": (ask) => {
    const id = textAt(ask.args, "routeTableId") ?? `rtb-${salted(17, ask)}`;
    return { id, routeTableId: id, routes: [], associations: [] };
  },
  "aws:ec2/getAmi:getAmi": ami,
  "aws:ec2/getAmiIds:getAmiIds": (ask) => ({ ids: [`ami-${salted(17, ask)}`] }),
  "aws:route53/getZone:getZone": zone,
  "aws:index/getCallerIdentity:getCallerIdentity": identity,
  "aws:index/getRegion:getRegion": region,
  "aws:index/getPartition:getPartition": () => ({ id: "aws", partition: "aws", dnsSuffix: "amazonaws.com", reverseDnsPrefix: "com.amazonaws" }),
  "aws:organizations/getOrganization:getOrganization": organization,
  "aws:ecr/getAuthorizationToken:getAuthorizationToken": token,
  "aws:ssm/getParameter:getParameter": parameter,
  "aws:iam/getRole:getRole": lookedUp("aws:iam/role:Role", ["name"]),
  "aws:s3/getBucket:getBucket": lookedUp("aws:s3/bucket:Bucket", ["bucket"]),
  "aws:eks/getCluster:getCluster": lookedUp("aws:eks/cluster:Cluster", ["name"]),
  "aws:eks/getClusterAuth:getClusterAuth": (ask) => ({ id: textAt(ask.args, "name") ?? "", token: `k8s-aws-v1.${salted(40, ask)}` }),
};
