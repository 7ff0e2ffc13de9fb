import { digits, hex, uuid } from "../wire/digest.ts";
import { textAt, type JsonObject } from "../wire/json.ts";
import { arnOf } from "./arn.ts";
import { kebab, kindOf } from "./subject.ts";

/** Kinds whose ids are a prefix and 17 hex digits, as the EC2 API gives them. */
export const idPrefixes: Readonly<Record<string, string>> = {
  Vpc: "vpc",
  DefaultVpc: "vpc",
  Subnet: "subnet",
  DefaultSubnet: "subnet",
  SecurityGroup: "sg",
  DefaultSecurityGroup: "sg",
  SecurityGroupRule: "sgr",
  SecurityGroupIngressRule: "sgr",
  SecurityGroupEgressRule: "sgr",
  Instance: "i",
  SpotInstanceRequest: "sir",
  InternetGateway: "igw",
  EgressOnlyInternetGateway: "eigw",
  RouteTable: "rtb",
  DefaultRouteTable: "rtb",
  RouteTableAssociation: "rtbassoc",
  MainRouteTableAssociation: "rtbassoc",
  NatGateway: "nat",
  Eip: "eipalloc",
  EipAssociation: "eipassoc",
  Volume: "vol",
  Snapshot: "snap",
  NetworkInterface: "eni",
  LaunchTemplate: "lt",
  VpcEndpoint: "vpce",
  VpcEndpointService: "vpce-svc",
  VpcPeeringConnection: "pcx",
  NetworkAcl: "acl",
  DefaultNetworkAcl: "acl",
  TransitGateway: "tgw",
  RouteTableRoute: "r",
  FlowLog: "fl",
  VpcDhcpOptions: "dopt",
  CustomerGateway: "cgw",
  VpnGateway: "vgw",
  VpnConnection: "vpn",
  Ami: "ami",
  AmiCopy: "ami",
  ManagedPrefixList: "pl",
  FileSystem: "fs",
  AccessPoint: "fsap",
  MountTarget: "fsmt",
  PlacementGroup: "pg",
  CapacityReservation: "cr",
};
const prefixedServices = new Set(["ec2", "ebs", "vpc", "efs", "ec2transitgateway"]);

/** Kinds that the provider identifies by their ARN. */
const arnIds = new Set([
  "sns:Topic",
  "sns:TopicSubscription",
  "lb:LoadBalancer",
  "lb:TargetGroup",
  "lb:Listener",
  "lb:ListenerRule",
  "alb:LoadBalancer",
  "alb:TargetGroup",
  "alb:Listener",
  "acm:Certificate",
  "secretsmanager:Secret",
  "ecs:Cluster",
  "ecs:Service",
  "ecs:CapacityProvider",
  "iam:Policy",
  "iam:OpenIdConnectProvider",
  "iam:SamlProvider",
  "sfn:StateMachine",
  "kinesis:Stream",
  "wafv2:WebAcl",
]);

/** Names under which the real cloud refuses a second object, by the input that holds them. */
const uniqueNames: Readonly<Record<string, string>> = {
  "s3:Bucket": "bucket",
  "s3:BucketV2": "bucket",
  "iam:Role": "name",
  "iam:User": "name",
  "iam:Group": "name",
  "iam:InstanceProfile": "name",
  "lambda:Function": "name",
  "dynamodb:Table": "name",
  "ecr:Repository": "name",
  "eks:Cluster": "name",
  "cloudwatch:LogGroup": "name",
  "rds:Instance": "identifier",
  "rds:Cluster": "clusterIdentifier",
  "rds:SubnetGroup": "name",
  "rds:ParameterGroup": "name",
  "elasticache:Cluster": "clusterId",
  "elasticache:SubnetGroup": "name",
  "autoscaling:Group": "name",
  "ec2:KeyPair": "keyName",
  "kms:Alias": "name",
  "ssm:Parameter": "name",
  "cloudwatch:EventRule": "name",
  "cloudwatch:MetricAlarm": "alarmName",
};

/** The input that holds an object's name, most telling first. */
const nameInputs = [
  "name",
  "bucket",
  "identifier",
  "clusterIdentifier",
  "clusterId",
  "keyName",
  "functionName",
  "domainName",
  "domain",
  "repositoryName",
  "dashboardName",
  "replicationGroupId",
  "alias",
];

export function nameInputOf(type: string, inputs: Iterable<string>): string | undefined {
  const { service, kind } = kindOf(type);
  const known = uniqueNames[`${service}:${kind}`];
  const all = new Set(inputs);
  if (known !== undefined && all.has(known)) return known;
  return nameInputs.find((key) => all.has(key)) ?? [...all].find((key) => key.toLowerCase() === `${kind}Name`.toLowerCase());
}

/** True when the cloud itself refuses a second object of this name. */
export function nameIsUnique(type: string): boolean {
  const { service, kind } = kindOf(type);
  return type.startsWith("aws:") && `${service}:${kind}` in uniqueNames;
}

export interface NewObject {
  readonly type: string;
  readonly inputs: JsonObject;
  readonly name: string;
  readonly nameGiven: boolean;
  readonly account: string;
  readonly region: string;
  readonly salt: string;
}

const joined: Readonly<Record<string, readonly string[]>> = {
  "eks:NodeGroup": ["clusterName", "nodeGroupName"],
  "eks:Addon": ["clusterName", "addonName"],
  "eks:FargateProfile": ["clusterName", "fargateProfileName"],
  "iam:RolePolicy": ["role", "name"],
};

/** Kinds with a form of id of their own. */
const ownForms: Readonly<Record<string, (made: NewObject) => string>> = {
  "sqs:Queue": (made) => `https://sqs.${made.region}.amazonaws.com/${made.account}/${made.name}`,
  "kms:Key": (made) => uuid(made.salt),
  "route53:Zone": (made) => `Z${hex(13, made.salt).toUpperCase()}`,
  "cloudfront:Distribution": (made) => `E${hex(13, made.salt).toUpperCase()}`,
  "route53:Record": (made) => [textAt(made.inputs, "zoneId"), textAt(made.inputs, "name"), textAt(made.inputs, "type")].join("_"),
  "iam:AccessKey": (made) => `AKIA${hex(16, made.salt).toUpperCase()}`,
  "organizations:Account": (made) => digits(12, made.salt),
};

function awsId(made: NewObject): string {
  const { service, kind } = kindOf(made.type);
  const key = `${service}:${kind}`;
  const prefix = prefixedServices.has(service) ? idPrefixes[kind] : undefined;
  if (prefix !== undefined) return `${prefix}-${hex(17, made.salt)}`;
  if (arnIds.has(key)) return arnOf(made);
  const own = ownForms[key];
  if (own !== undefined) return own(made);
  const parts = joined[key]?.map((part) => textAt(made.inputs, part) ?? made.name);
  if (parts !== undefined) return parts.join(":");
  if (made.nameGiven) return made.name;
  return service.startsWith("apigateway") ? hex(10, made.salt) : `${kebab(kind)}-${hex(17, made.salt)}`;
}

/** The id the cloud gives a new object of any package but kubernetes and random. */
export function newId(made: NewObject): string {
  if (made.type.startsWith("aws:")) return awsId(made);
  return made.nameGiven ? made.name : hex(20, made.salt);
}
