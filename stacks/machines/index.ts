import * as pulumi from "@pulumi/pulumi";
import { defineStack } from "trueup";
import { z } from "zod";
import { tagsOf } from "../lib/tags.ts";
import { network } from "./network.ts";
import { pool } from "./pool.ts";

/** The network of an environment and its pool of plain machines. */
export default defineStack({
  args: z.object({
    cidr: z.string().regex(/^10\.\d{1,3}\.0\.0\/16$/, "a /16 of 10.0.0.0/8, such as 10.20.0.0/16"),
    internalDomain: z.hostname(),
    zones: z.int().min(2).max(3),
    count: z.int().min(0).max(50),
    size: z.string().regex(/^[a-z0-9]+\.[a-z0-9]+$/, "an EC2 instance type, such as t4g.small"),
    diskGb: z.int().min(8).max(500).default(20),
  }),
  program(args, ctx) {
    const tags = tagsOf(ctx.environment, "machines");
    const net = network(args, tags);
    const machines = pool(args, net, tags);
    return {
      vpcId: net.vpcId,
      subnetIds: pulumi.all(net.subnetIds),
      internalZoneId: net.internalZoneId,
      poolName: machines.name,
    };
  },
});
