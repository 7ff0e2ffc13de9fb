import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { defineStack } from "trueup";
import { z } from "zod";
import { internalName } from "../lib/internal-name.ts";
import { kubeconfigOf } from "../lib/kubeconfig.ts";
import { tagsOf } from "../lib/tags.ts";
import type machines from "../machines/index.ts";
import { controlPlane } from "./control-plane.ts";
import { developerRole, tenant } from "./tenants.ts";

const quota = z.object({ cpu: z.string(), memory: z.string(), pods: z.int().min(1) });

/** The kubernetes cluster of an environment, and a namespace with a quota for each team on it. */
export default defineStack({
  args: z.object({
    kubernetes: z.string().regex(/^1\.\d\d$/, "a minor version, such as 1.35"),
    /** Name of the API in the private DNS zone. */
    host: z.hostname(),
    nodes: z.object({ count: z.int().min(1).max(100), size: z.string() }),
    tenants: z.object({ podinfo: quota, shop: quota, gateway: quota }),
  }),
  program(args, ctx) {
    const net = ctx.stack<typeof machines>("machines");
    const { cluster, nodes } = controlPlane(
      { kubernetes: args.kubernetes, nodes: args.nodes, subnetIds: net.output("subnetIds") },
      tagsOf(ctx.environment, "clusters"),
    );
    const kubeconfig = kubeconfigOf({
      name: cluster.name,
      endpoint: cluster.endpoint,
      certificateAuthority: cluster.certificateAuthority.data,
      region: aws.getRegionOutput().region,
    });

    internalName({ name: args.host, zoneId: net.output("internalZoneId"), target: cluster.endpoint.apply((url) => url.replace(/^https:\/\//, "")) });

    const provider = new k8s.Provider("main", { kubeconfig, enableServerSideApply: true });
    const onNodes = { provider, dependsOn: [nodes] };
    const developers = developerRole(onNodes);
    return {
      kubeconfig,
      clusterName: cluster.name,
      nodeSecurityGroupId: cluster.vpcConfig.clusterSecurityGroupId,
      namespaces: pulumi.output({
        podinfo: tenant({ name: "podinfo", quota: args.tenants.podinfo, developers }, onNodes),
        shop: tenant({ name: "shop", quota: args.tenants.shop, developers }, onNodes),
        gateway: tenant({ name: "gateway", quota: args.tenants.gateway, developers }, onNodes),
      }),
    };
  },
});
