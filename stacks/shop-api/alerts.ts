import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { type AlertRule, alertRules, failingRequests } from "../lib/alert-rules.ts";

/** What wakes the shop's people, and what waits for the morning. */
export function alerts(namespace: pulumi.Input<string>, options: pulumi.CustomResourceOptions): k8s.apiextensions.CustomResource {
  const runbook = "https://runbooks.acme.example/shop-api";
  const rules: AlertRule[] = [
    failingRequests("shop-api"),
    {
      alert: "SlowCheckout",
      expr: 'histogram_quantile(0.99, sum by (le) (rate(checkout_seconds_bucket{service="shop-api"}[10m]))) > 2',
      for: "10m",
      severity: "page",
      summary: "One checkout in a hundred takes longer than two seconds",
      runbook: `${runbook}#slow-checkout`,
    },
    {
      alert: "NoOrders",
      expr: 'sum(rate(orders_total{service="shop-api"}[30m])) == 0',
      for: "30m",
      severity: "ticket",
      summary: "Nobody has ordered anything for half an hour",
      runbook: `${runbook}#no-orders`,
    },
  ];
  return alertRules({ app: "shop-api", namespace, rules }, options);
}
