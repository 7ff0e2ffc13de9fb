import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { trustOf } from "../lib/policy-document.ts";
import type { Tags } from "../lib/tags.ts";
import type { Network } from "./network.ts";

export interface PoolArgs {
  readonly count: number;
  readonly size: string;
  readonly diskGb: number;
}

/** The pool of plain machines (builds, batch work): an autoscaling group that AWS keeps at `count`, reached through SSM and never by ssh. */
export function pool(args: PoolArgs, within: Network, tags: (name: string, more?: Tags) => Record<string, string>): aws.autoscaling.Group {
  const role = new aws.iam.Role("pool", { assumeRolePolicy: trustOf("ec2.amazonaws.com"), tags: tags("pool") });
  new aws.iam.RolePolicyAttachment("pool-ssm", { role: role.name, policyArn: "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore" });
  const profile = new aws.iam.InstanceProfile("pool", { role: role.name, tags: tags("pool") });
  const firewall = new aws.ec2.SecurityGroup("pool", {
    vpcId: within.vpcId,
    description: "Pool machines: out to anywhere, in from nowhere",
    egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
    tags: tags("pool"),
  });
  const image = aws.ec2.getAmiOutput({
    mostRecent: true,
    owners: ["amazon"],
    filters: [{ name: "name", values: ["al2023-ami-2023.*-kernel-6.12-arm64"] }],
  });

  const template = new aws.ec2.LaunchTemplate("pool", {
    imageId: image.id,
    instanceType: args.size,
    iamInstanceProfile: { arn: profile.arn },
    vpcSecurityGroupIds: [firewall.id],
    metadataOptions: { httpTokens: "required", httpEndpoint: "enabled" },
    blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { volumeSize: args.diskGb, volumeType: "gp3", encrypted: "true" } }],
    tagSpecifications: [{ resourceType: "instance", tags: tags("pool") }],
    tags: tags("pool"),
  });
  const group = new aws.autoscaling.Group("pool", {
    desiredCapacity: args.count,
    minSize: args.count,
    maxSize: args.count + 2,
    vpcZoneIdentifiers: within.subnetIds,
    launchTemplate: { id: template.id, version: pulumi.interpolate`${template.latestVersion}` },
    tags: Object.entries(tags("pool")).map(([key, value]) => ({ key, value, propagateAtLaunch: true })),
  });
  busyPool(group, tags("pool-busy"));
  return group;
}

function busyPool(group: aws.autoscaling.Group, tags: Record<string, string>): void {
  new aws.cloudwatch.MetricAlarm("pool-busy", {
    alarmDescription: "The pool has been busy for a quarter of an hour: give it more machines",
    namespace: "AWS/EC2",
    metricName: "CPUUtilization",
    dimensions: { AutoScalingGroupName: group.name },
    statistic: "Average",
    comparisonOperator: "GreaterThanThreshold",
    threshold: 85,
    period: 300,
    evaluationPeriods: 3,
    tags,
  });
}
