import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";

interface Registry {
  host: string;
  user: string;
}

const config = new pulumi.Config();
const network = new pulumi.StackReference(`organization/shared-network/${pulumi.getStack()}`);

const vpcId = network.requireOutput("vpcId");
const subnetIds = network.getOutput("subnetIds").apply((ids: string[]) => ids);
const registry = network.requireOutput("registry") as pulumi.Output<Registry>;
const token = network.requireOutput("registryToken");

const group = new aws.ec2.SecurityGroup("billing", {
  vpcId,
  egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
});

const parameter = new aws.ssm.Parameter("registry", {
  type: "SecureString",
  value: pulumi.interpolate`${registry.user}:${token}@${registry.host}`,
});
const apiKey = new aws.ssm.Parameter("payments", {
  type: "SecureString",
  value: config.requireSecret("paymentsKey"),
  description: config.get("description") ?? "Key of the payments company",
});

const role = new aws.iam.Role("billing", {
  assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "ec2.amazonaws.com" }),
  inlinePolicies: [
    {
      name: "parameters",
      policy: pulumi
        .all([parameter.arn, apiKey.arn])
        .apply((arns) => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "ssm:GetParameter", Resource: arns }] })),
    },
  ],
});
const profile = new aws.iam.InstanceProfile("billing", { role });

const template = new aws.ec2.LaunchTemplate("billing", {
  imageId: aws.ssm.getParameterOutput({ name: "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64" }).value,
  instanceType: "t3.small",
  vpcSecurityGroupIds: [group.id],
  iamInstanceProfile: { name: profile.name },
  userData: pulumi.interpolate`#!/bin/sh
docker login --username ${registry.user} --password ${token} ${registry.host}
`.apply((script) => Buffer.from(script).toString("base64")),
});
const fleet = new aws.autoscaling.Group("billing", {
  minSize: 1,
  maxSize: 3,
  desiredCapacity: 2,
  vpcZoneIdentifiers: subnetIds,
  launchTemplate: { id: template.id, version: "$Latest" },
});

new aws.route53.Record("billing", {
  zoneId: network.requireOutput("zoneId"),
  name: "billing",
  type: "CNAME",
  ttl: 60,
  records: [pulumi.interpolate`${fleet.name}.shared.internal`],
});

export const fleetName = fleet.name;
export const credentials = parameter.value;
