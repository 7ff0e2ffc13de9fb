import * as pulumi from "@pulumi/pulumi";

export interface ClusterAccess {
  readonly name: pulumi.Input<string>;
  readonly endpoint: pulumi.Input<string>;
  /** PEM bundle, base64, as EKS answers it. */
  readonly certificateAuthority: pulumi.Input<string>;
  readonly region: pulumi.Input<string>;
}

/** A kubeconfig that asks the aws CLI for a token: it holds no credential, and is kept secret because it names the way in. */
export function kubeconfigOf(access: ClusterAccess): pulumi.Output<string> {
  const text = pulumi.all([access.name, access.endpoint, access.certificateAuthority, access.region]).apply(([name, endpoint, authority, region]) =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name, cluster: { server: endpoint, "certificate-authority-data": authority } }],
      users: [{ name, user: { exec: tokenCommand(name, region) } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      "current-context": name,
    }),
  );
  return pulumi.secret(text);
}

function tokenCommand(cluster: string, region: string): object {
  return {
    apiVersion: "client.authentication.k8s.io/v1beta1",
    command: "aws",
    args: ["eks", "get-token", "--region", region, "--cluster-name", cluster],
    interactiveMode: "Never",
  };
}
