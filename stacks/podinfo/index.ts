import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { defineStack } from "trueup";
import { z } from "zod";
import type clusters from "../clusters/index.ts";
import { alertRules, failingRequests } from "../lib/alert-rules.ts";
import { WebApp } from "../lib/web-app.ts";

/** podinfo: the small app that shows whether a cluster works. */
export default defineStack({
  args: z.object({
    version: z.string().regex(/^\d+\.\d+\.\d+$/),
    replicas: z.int().min(1).max(20),
    message: z.string().max(200).default("greetings from podinfo"),
    host: z.hostname(),
  }),
  program(args, ctx) {
    const cluster = ctx.stack<typeof clusters>("clusters");
    const namespace = cluster.output("namespaces").podinfo;
    const provider = new k8s.Provider("cluster", { kubeconfig: cluster.output("kubeconfig"), enableServerSideApply: true });

    const app = new WebApp(
      "podinfo",
      {
        namespace,
        image: "ghcr.io/stefanprodan/podinfo",
        version: args.version,
        replicas: args.replicas,
        port: 9898,
        health: "/readyz",
        host: args.host,
        env: [{ name: "PODINFO_UI_MESSAGE", value: args.message }],
      },
      { provider },
    );
    alertRules({ app: "podinfo", namespace, rules: [failingRequests("podinfo")] }, { provider });
    return { namespace, service: app.serviceName, port: app.servicePort, url: pulumi.interpolate`http://${args.host}`, version: args.version };
  },
});
