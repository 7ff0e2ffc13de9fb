import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { defineStack } from "trueup";
import { z } from "zod";
import type clusters from "../clusters/index.ts";
import { shop } from "../lib/shop.ts";
import { WebApp } from "../lib/web-app.ts";
import { alerts } from "./alerts.ts";

/** The shop's API: orders, stock and payments. */
export default defineStack({
  args: z.object({
    version: z.string().regex(/^\d+\.\d+\.\d+$/),
    replicas: z.int().min(1).max(50),
    host: z.hostname(),
  }),
  program(args, ctx) {
    const cluster = ctx.stack<typeof clusters>("clusters");
    const namespace = cluster.output("namespaces").shop;
    const provider = new k8s.Provider("cluster", { kubeconfig: cluster.output("kubeconfig"), enableServerSideApply: true });

    const payments = new k8s.core.v1.Secret(
      "shop-payments",
      { metadata: { name: "shop-payments", namespace }, stringData: { token: new pulumi.Config("shop-api").requireSecret("paymentToken") } },
      { provider },
    );
    const app = new WebApp(
      shop.api,
      {
        namespace,
        image: "registry.acme.example/shop/api",
        version: args.version,
        replicas: args.replicas,
        port: 8080,
        health: "/healthz",
        host: args.host,
        partOf: "shop",
        memory: "256Mi",
        env: [
          { name: "DATABASE_URL", valueFrom: { secretKeyRef: { name: shop.databaseSecret, key: "url" } } },
          { name: "PAYMENT_TOKEN", valueFrom: { secretKeyRef: { name: payments.metadata.name, key: "token" } } },
        ],
      },
      { provider },
    );
    alerts(namespace, { provider });
    return { service: app.serviceName, port: app.servicePort, url: pulumi.interpolate`http://${args.host}`, version: args.version };
  },
});
