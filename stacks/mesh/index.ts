import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { defineStack } from "trueup";
import { z } from "zod";
import type clusters from "../clusters/index.ts";
import type podinfo from "../podinfo/index.ts";
import type shopApi from "../shop-api/index.ts";
import type shopDashboard from "../shop-dashboard/index.ts";
import { certificate } from "./certificate.ts";
import { gateway, route } from "./gateway.ts";

/** The way in from outside: a gateway for the environment's domain, and a route to every app that people or programs reach. */
export default defineStack({
  args: z.object({ domain: z.hostname() }),
  program({ domain }, ctx) {
    const cluster = ctx.stack<typeof clusters>("clusters");
    const info = ctx.stack<typeof podinfo>("podinfo");
    const api = ctx.stack<typeof shopApi>("shop-api");
    const dashboard = ctx.stack<typeof shopDashboard>("shop-dashboard");
    const { podinfo: podinfoSpace, shop, gateway: namespace } = cluster.output("namespaces");
    const provider = new k8s.Provider("cluster", { kubeconfig: cluster.output("kubeconfig"), enableServerSideApply: true });

    const place = { name: "public", namespace };
    const entrance = gateway(place, { domain, secretName: certificate(domain, namespace, { provider }) }, { provider });
    const behind = { provider, dependsOn: [entrance] };
    return {
      urls: pulumi.all([
        route(
          { name: "podinfo", host: `podinfo.${domain}`, namespace: podinfoSpace, service: info.output("service"), port: info.output("port") },
          place,
          behind,
        ),
        route({ name: "shop", host: `shop.${domain}`, namespace: shop, service: dashboard.output("service"), port: dashboard.output("port") }, place, behind),
        route(
          { name: "shop-api", host: `shop.${domain}`, path: "/api/", namespace: shop, service: api.output("service"), port: api.output("port") },
          place,
          behind,
        ),
      ]),
    };
  },
});
