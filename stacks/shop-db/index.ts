import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { defineStack } from "trueup";
import { z } from "zod";
import type clusters from "../clusters/index.ts";
import { internalName } from "../lib/internal-name.ts";
import { labelsOf } from "../lib/labels.ts";
import { shop } from "../lib/shop.ts";
import { tagsOf } from "../lib/tags.ts";
import type machines from "../machines/index.ts";
import { diskRunsFull } from "./alarms.ts";
import { database } from "./database.ts";

/** The shop's PostgreSQL, and the kubernetes Secret by which the API finds it. */
export default defineStack({
  args: z.object({
    version: z.string().regex(/^\d+\.\d+\.0$/, "major.minor.0 of PostgreSQL, such as 17.6.0"),
    /** Name of the database in the private DNS zone. */
    host: z.hostname(),
    size: z.string().startsWith("db."),
    storageGb: z.int().min(20).max(4000),
    multiAz: z.boolean().default(false),
    disposable: z.boolean().default(false),
  }),
  program(args, ctx) {
    const net = ctx.stack<typeof machines>("machines");
    const cluster = ctx.stack<typeof clusters>("clusters");
    const tags = tagsOf(ctx.environment, "shop-db");
    const { instance, password } = database(
      { ...args, vpcId: net.output("vpcId"), subnetIds: net.output("subnetIds"), clientGroupId: cluster.output("nodeSecurityGroupId") },
      tags,
    );
    internalName({ name: args.host, zoneId: net.output("internalZoneId"), target: instance.address });
    diskRunsFull(instance, args.storageGb, tags("shop-db-disk"));

    const namespace = cluster.output("namespaces").shop;
    const provider = new k8s.Provider("cluster", { kubeconfig: cluster.output("kubeconfig"), enableServerSideApply: true });
    const access = new k8s.core.v1.Secret(
      "shop-db",
      {
        metadata: { name: shop.databaseSecret, namespace, labels: labelsOf("shop-db", args.version, "shop").all },
        stringData: { url: pulumi.interpolate`postgres://${instance.username}:${password.result}@${args.host}:${instance.port}/${instance.dbName}` },
      },
      { provider },
    );
    return { endpoint: instance.endpoint, secretName: access.metadata.name, version: args.version };
  },
});
