import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";

const name = `${pulumi.getProject()}-${pulumi.getStack()}`;

const vpc = new aws.ec2.Vpc("cluster", { cidrBlock: "10.40.0.0/16", enableDnsHostnames: true, tags: { Name: name } });
const zones = aws.getAvailabilityZonesOutput({ state: "available" });
const subnets = [0, 1].map(
  (i) =>
    new aws.ec2.Subnet(`cluster-${i}`, {
      vpcId: vpc.id,
      cidrBlock: `10.40.${i * 16}.0/20`,
      availabilityZone: zones.names[i],
      tags: { [`kubernetes.io/cluster/${name}`]: "shared" },
    }),
);

const clusterRole = new aws.iam.Role("cluster", {
  assumeRolePolicy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "eks.amazonaws.com" }, Action: "sts:AssumeRole" }],
  }),
});
const clusterPolicy = new aws.iam.RolePolicyAttachment("cluster", { role: clusterRole.name, policyArn: "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy" });

const cluster = new aws.eks.Cluster(
  "cluster",
  {
    name,
    roleArn: clusterRole.arn,
    version: "1.31",
    vpcConfig: { subnetIds: subnets.map((subnet) => subnet.id), endpointPublicAccess: true },
    enabledClusterLogTypes: ["api", "audit"],
  },
  { dependsOn: [clusterPolicy] },
);

const nodeRole = new aws.iam.Role("nodes", {
  assumeRolePolicy: aws.iam.getPolicyDocumentOutput({
    statements: [{ actions: ["sts:AssumeRole"], principals: [{ type: "Service", identifiers: ["ec2.amazonaws.com"] }] }],
  }).json,
});
const nodePolicies = ["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly"].map(
  (policy) => new aws.iam.RolePolicyAttachment(policy, { role: nodeRole.name, policyArn: `arn:aws:iam::aws:policy/${policy}` }),
);

const nodes = new aws.eks.NodeGroup(
  "workers",
  {
    clusterName: cluster.name,
    nodeRoleArn: nodeRole.arn,
    subnetIds: subnets.map((subnet) => subnet.id),
    instanceTypes: ["t3.large"],
    scalingConfig: { minSize: 1, desiredSize: 2, maxSize: 4 },
    labels: { pool: "workers" },
  },
  { dependsOn: nodePolicies },
);

const issuer = new aws.iam.OpenIdConnectProvider("cluster", {
  url: cluster.identities[0].oidcs[0].issuer,
  clientIdLists: ["sts.amazonaws.com"],
  thumbprintLists: ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"],
});

export const kubeconfig = pulumi.secret(
  pulumi.all([cluster.name, cluster.endpoint, cluster.certificateAuthority.data]).apply(([clusterName, server, certificate]) =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: clusterName, cluster: { server, "certificate-authority-data": certificate } }],
      contexts: [{ name: "aws", context: { cluster: clusterName, user: "aws" } }],
      "current-context": "aws",
      users: [
        {
          name: "aws",
          user: { exec: { apiVersion: "client.authentication.k8s.io/v1beta1", command: "aws", args: ["eks", "get-token", "--cluster-name", clusterName] } },
        },
      ],
    }),
  ),
);

const provider = new k8s.Provider("cluster", { kubeconfig }, { dependsOn: [nodes] });
const inCluster: pulumi.CustomResourceOptions = { provider };

const apps = new k8s.core.v1.Namespace("apps", {}, inCluster);
const account = new k8s.core.v1.ServiceAccount(
  "echo",
  {
    metadata: { namespace: apps.metadata.name, annotations: { "eks.amazonaws.com/role-arn": nodeRole.arn, "example.com/issuer": issuer.arn } },
  },
  inCluster,
);

const labels = { app: "echo" };
const settings = new k8s.core.v1.ConfigMap("echo", { metadata: { namespace: apps.metadata.name }, data: { "echo.conf": "greeting = hello\n" } }, inCluster);
new k8s.apps.v1.Deployment(
  "echo",
  {
    metadata: { namespace: apps.metadata.name, labels },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: account.metadata.name,
          nodeSelector: { pool: "workers" },
          containers: [
            {
              name: "echo",
              image: "registry.k8s.io/e2e-test-images/echoserver:2.5",
              ports: [{ name: "http", containerPort: 8080 }],
              resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } },
              volumeMounts: [{ name: "settings", mountPath: "/etc/echo" }],
            },
          ],
          volumes: [{ name: "settings", configMap: { name: settings.metadata.name } }],
        },
      },
    },
  },
  inCluster,
);

const service = new k8s.core.v1.Service(
  "echo",
  {
    metadata: { namespace: apps.metadata.name, labels },
    spec: { type: "LoadBalancer", selector: labels, ports: [{ port: 80, targetPort: "http" }] },
  },
  inCluster,
);

new k8s.autoscaling.v2.HorizontalPodAutoscaler(
  "echo",
  {
    metadata: { namespace: apps.metadata.name },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "echo" },
      minReplicas: 3,
      maxReplicas: 6,
      metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } }],
    },
  },
  inCluster,
);

export const clusterName = cluster.name;
export const address = service.status.loadBalancer.ingress[0].apply((ingress) => ingress.hostname ?? ingress.ip);
