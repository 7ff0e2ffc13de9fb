import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { labelsOf } from "./labels.ts";

export interface WebAppArgs {
  readonly namespace: pulumi.Input<string>;
  readonly image: string;
  readonly version: string;
  readonly replicas: number;
  /** Port that the container listens on; the Service offers it as 80. */
  readonly port: number;
  /** Path that answers 200 when the app can take traffic. */
  readonly health: string;
  /** Host that internal DNS gives the Service. */
  readonly host: string;
  readonly partOf?: string;
  readonly env?: k8s.types.input.core.v1.EnvVar[];
  readonly cpu?: string;
  readonly memory?: string;
}

/** A web app as this estate runs them: a Deployment with limits and probes, its identity, a disruption budget, and the Service that routes find. */
export class WebApp extends pulumi.ComponentResource {
  readonly serviceName: pulumi.Output<string>;
  readonly servicePort: pulumi.Output<number>;

  constructor(name: string, args: WebAppArgs, options?: pulumi.ComponentResourceOptions) {
    super("acme:apps:WebApp", name, {}, options);
    const child = { parent: this };
    const labels = labelsOf(name, args.version, args.partOf);
    const metadata = { name, namespace: args.namespace, labels: labels.all };

    const account = new k8s.core.v1.ServiceAccount(name, { metadata, automountServiceAccountToken: false }, child);
    new k8s.apps.v1.Deployment(
      name,
      {
        metadata,
        spec: {
          replicas: args.replicas,
          selector: { matchLabels: labels.selector },
          template: { metadata: { labels: labels.all }, spec: podOf(name, args, account.metadata.name) },
        },
      },
      child,
    );
    // Fewer than two replicas with a budget would block every node drain.
    if (args.replicas > 1) {
      new k8s.policy.v1.PodDisruptionBudget(name, { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: labels.selector } } }, child);
    }
    const service = new k8s.core.v1.Service(
      name,
      {
        metadata: { ...metadata, annotations: { "external-dns.alpha.kubernetes.io/hostname": args.host } },
        spec: { selector: labels.selector, ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }] },
      },
      child,
    );

    this.serviceName = service.metadata.name;
    this.servicePort = service.spec.ports[0]!.port;
    this.registerOutputs({ serviceName: this.serviceName, servicePort: this.servicePort });
  }
}

function podOf(name: string, args: WebAppArgs, serviceAccountName: pulumi.Input<string>): k8s.types.input.core.v1.PodSpec {
  const probe = { httpGet: { path: args.health, port: "http" } };
  return {
    serviceAccountName,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name,
        image: `${args.image}:${args.version}`,
        ports: [{ name: "http", containerPort: args.port, protocol: "TCP" }],
        // The name that the app puts into the links it makes.
        env: [{ name: "APP_HOST", value: args.host }, ...(args.env ?? [])],
        readinessProbe: { ...probe, periodSeconds: 5 },
        livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 6 },
        resources: {
          requests: { cpu: "50m", memory: args.memory ?? "64Mi" },
          limits: { cpu: args.cpu ?? "500m", memory: args.memory ?? "64Mi" },
        },
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
      },
    ],
  };
}
