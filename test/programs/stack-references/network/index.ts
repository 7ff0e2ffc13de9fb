import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";
import * as random from "@pulumi/random";

const config = new pulumi.Config();
const operator = config.requireSecret("operator");

const vpc = new aws.ec2.Vpc("shared", { cidrBlock: "10.80.0.0/16" });
const subnets = ["10.80.0.0/20", "10.80.16.0/20"].map((cidrBlock, i) => new aws.ec2.Subnet(`shared-${i}`, { vpcId: vpc.id, cidrBlock }));
const zone = new aws.route53.Zone("internal", { name: "shared.internal", vpcs: [{ vpcId: vpc.id }] });

const token = new random.RandomPassword("token", { length: 40, special: false });
new aws.ssm.Parameter("operator", { type: "SecureString", value: pulumi.interpolate`${operator}/${token.result}` });

export const vpcId = vpc.id;
export const subnetIds = subnets.map((subnet) => subnet.id);
export const zoneId = zone.zoneId;
export const registry = { host: "registry.shared.internal", user: "reader" };
export const registryToken = token.result;
