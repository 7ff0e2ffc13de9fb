import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

export interface AlertRule {
  readonly alert: string;
  /** PromQL; it fires while it answers anything. */
  readonly expr: string;
  /** How long it must hold: "5m". */
  readonly for: string;
  readonly severity: "page" | "ticket";
  readonly summary: string;
  readonly runbook: string;
}

export interface AlertRules {
  readonly app: string;
  readonly namespace: pulumi.Input<string>;
  readonly rules: readonly AlertRule[];
}

/** One PrometheusRule of the Prometheus operator with one group of rules, named after the app. */
export function alertRules({ app, namespace, rules }: AlertRules, options: pulumi.CustomResourceOptions): k8s.apiextensions.CustomResource {
  return new k8s.apiextensions.CustomResource(
    `${app}-alerts`,
    {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PrometheusRule",
      metadata: { name: app, namespace, labels: { "app.kubernetes.io/name": app, release: "prometheus" } },
      spec: { groups: [{ name: app, rules: rules.map(ruleOf) }] },
    },
    options,
  );
}

function ruleOf(rule: AlertRule): object {
  return {
    alert: rule.alert,
    expr: rule.expr,
    for: rule.for,
    labels: { severity: rule.severity },
    annotations: { summary: rule.summary, runbook_url: rule.runbook },
  };
}

/** The rule that every web app has: more than one answer in a hundred failed. */
export function failingRequests(app: string): AlertRule {
  const failed = `sum(rate(http_requests_total{service="${app}",status=~"5.."}[5m]))`;
  const all = `sum(rate(http_requests_total{service="${app}"}[5m]))`;
  return {
    alert: "FailingRequests",
    expr: `${failed} / ${all} > 0.01`,
    for: "5m",
    severity: "page",
    summary: `${app} fails more than 1 % of its requests`,
    runbook: `https://runbooks.acme.example/${app}#failing-requests`,
  };
}
