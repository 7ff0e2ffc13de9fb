import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { trustOf } from "../lib/policy-document.ts";
import type { Tags } from "../lib/tags.ts";

export interface ControlPlaneArgs {
  readonly kubernetes: string;
  readonly subnetIds: pulumi.Input<string[]>;
  readonly nodes: { readonly count: number; readonly size: string };
}

type TagsFor = (name: string, more?: Tags) => Record<string, string>;

/** The EKS cluster and its nodes. What uses the cluster must depend on the nodes: pods wait for somewhere to run. */
export function controlPlane(args: ControlPlaneArgs, tags: TagsFor): { cluster: aws.eks.Cluster; nodes: aws.eks.NodeGroup } {
  const role = new aws.iam.Role("cluster", { assumeRolePolicy: trustOf("eks.amazonaws.com"), tags: tags("cluster") });
  const allowed = new aws.iam.RolePolicyAttachment("cluster", { role: role.name, policyArn: "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy" });
  const cluster = new aws.eks.Cluster(
    "main",
    {
      roleArn: role.arn,
      version: args.kubernetes,
      vpcConfig: { subnetIds: args.subnetIds, endpointPublicAccess: true, endpointPrivateAccess: true },
      enabledClusterLogTypes: ["api", "audit"],
      tags: tags("main"),
    },
    { dependsOn: [allowed] },
  );
  return { cluster, nodes: nodeGroup(args, cluster, tags) };
}

function nodeGroup(args: ControlPlaneArgs, cluster: aws.eks.Cluster, tags: TagsFor): aws.eks.NodeGroup {
  const role = new aws.iam.Role("nodes", { assumeRolePolicy: trustOf("ec2.amazonaws.com"), tags: tags("nodes") });
  const policies = ["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly"];
  const allowed = policies.map(
    (policy) => new aws.iam.RolePolicyAttachment(`nodes-${policy}`, { role: role.name, policyArn: `arn:aws:iam::aws:policy/${policy}` }),
  );
  return new aws.eks.NodeGroup(
    "main",
    {
      clusterName: cluster.name,
      nodeRoleArn: role.arn,
      subnetIds: args.subnetIds,
      instanceTypes: [args.nodes.size],
      scalingConfig: { desiredSize: args.nodes.count, minSize: args.nodes.count, maxSize: args.nodes.count * 2 },
      updateConfig: { maxUnavailable: 1 },
      tags: tags("nodes"),
    },
    { dependsOn: allowed },
  );
}
