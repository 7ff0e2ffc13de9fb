import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { defineStack } from "trueup";
import { z } from "zod";
import type clusters from "../clusters/index.ts";
import { alertRules, failingRequests } from "../lib/alert-rules.ts";
import { shop } from "../lib/shop.ts";
import { WebApp } from "../lib/web-app.ts";

/** The shop's dashboard. It speaks to one range of API versions: environments say which by `requires`. */
export default defineStack({
  args: z.object({
    version: z.string().regex(/^\d+\.\d+\.\d+$/),
    replicas: z.int().min(1).max(20),
    host: z.hostname(),
  }),
  program(args, ctx) {
    const cluster = ctx.stack<typeof clusters>("clusters");
    const namespace = cluster.output("namespaces").shop;
    const provider = new k8s.Provider("cluster", { kubeconfig: cluster.output("kubeconfig"), enableServerSideApply: true });

    const app = new WebApp(
      "shop-dashboard",
      {
        namespace,
        image: "registry.acme.example/shop/dashboard",
        version: args.version,
        replicas: args.replicas,
        port: 3000,
        health: "/healthz",
        host: args.host,
        partOf: "shop",
        memory: "128Mi",
        env: [{ name: "API_URL", value: `http://${shop.api}` }],
      },
      { provider },
    );
    alertRules({ app: "shop-dashboard", namespace, rules: [failingRequests("shop-dashboard")] }, { provider });
    return { service: app.serviceName, port: app.servicePort, url: pulumi.interpolate`http://${args.host}`, version: args.version };
  },
});
