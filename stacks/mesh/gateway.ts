import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const apiVersion = "gateway.networking.k8s.io/v1";

export interface GatewayPlace {
  readonly name: string;
  readonly namespace: pulumi.Input<string>;
}

/** The one way in: HTTPS for every host of the domain, routes welcome from all namespaces. */
export function gateway(
  place: GatewayPlace,
  tls: { domain: string; secretName: pulumi.Input<string> },
  options: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  return new k8s.apiextensions.CustomResource(
    place.name,
    {
      apiVersion,
      kind: "Gateway",
      metadata: { name: place.name, namespace: place.namespace },
      spec: {
        gatewayClassName: "envoy",
        listeners: [
          {
            name: "https",
            protocol: "HTTPS",
            port: 443,
            hostname: `*.${tls.domain}`,
            tls: { mode: "Terminate", certificateRefs: [{ kind: "Secret", name: tls.secretName }] },
            allowedRoutes: { namespaces: { from: "All" } },
          },
        ],
      },
    },
    options,
  );
}

export interface Route {
  readonly name: string;
  readonly host: string;
  readonly namespace: pulumi.Input<string>;
  readonly service: pulumi.Input<string>;
  readonly port: pulumi.Input<number>;
  readonly path?: string;
}

/** Sends one host (below `path`, "/" by default) to one Service. */
export function route(to: Route, from: GatewayPlace, options: pulumi.CustomResourceOptions): pulumi.Output<string> {
  new k8s.apiextensions.CustomResource(
    to.name,
    {
      apiVersion,
      kind: "HTTPRoute",
      metadata: { name: to.name, namespace: to.namespace },
      spec: {
        parentRefs: [{ name: from.name, namespace: from.namespace }],
        hostnames: [to.host],
        rules: [
          {
            matches: [{ path: { type: "PathPrefix", value: to.path ?? "/" } }],
            backendRefs: [{ kind: "Service", name: to.service, port: to.port }],
          },
        ],
      },
    },
    options,
  );
  return pulumi.output(`https://${to.host}${to.path ?? "/"}`);
}
