import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import * as random from "@pulumi/random";

enum Tier {
  Front = "frontend",
  Back = "backend",
}

const config = new pulumi.Config();
const isMinikube = config.requireBoolean("isMinikube");
const replicas = config.requireNumber("replicas");

const namespace = new k8s.core.v1.Namespace("guestbook", { metadata: { labels: { project: pulumi.getProject() } } }).metadata.name;

const password = new random.RandomPassword("redis", { length: 16, special: false });
const secret = new k8s.core.v1.Secret("redis", {
  metadata: { namespace },
  stringData: { password: password.result },
});

function labelsOf(app: string, tier: Tier): { app: string; tier: string } {
  return { app, tier };
}

interface Redis {
  role: "leader" | "replica";
  replicas: number;
}

function redis({ role, replicas: count }: Redis): k8s.core.v1.Service {
  const name = `redis-${role}`;
  const labels = labelsOf(name, Tier.Back);
  const deployment = new k8s.apps.v1.Deployment(name, {
    metadata: { namespace, labels },
    spec: {
      replicas: count,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: "redis",
              image: "redis:7.4-alpine",
              args: role === "leader" ? [] : ["--replicaof", "redis-leader", "6379"],
              env: [{ name: "REDIS_PASSWORD", valueFrom: { secretKeyRef: { name: secret.metadata.name, key: "password" } } }],
              resources: { requests: { cpu: "100m", memory: "100Mi" } },
              ports: [{ containerPort: 6379 }],
            },
          ],
        },
      },
    },
  });
  return new k8s.core.v1.Service(name, {
    metadata: { name, namespace, labels: deployment.metadata.labels },
    spec: { ports: [{ port: 6379, targetPort: 6379 }], selector: deployment.spec.template.metadata.labels },
  });
}
const leader = redis({ role: "leader", replicas: 1 });
const followers = redis({ role: "replica", replicas: 2 });

const labels = labelsOf("guestbook", Tier.Front);
const front = new k8s.apps.v1.Deployment("frontend", {
  metadata: { namespace, labels },
  spec: {
    replicas,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        containers: [
          {
            name: "php-redis",
            image: "gcr.io/google-samples/gb-frontend:v5",
            env: [
              { name: "GET_HOSTS_FROM", value: "env" },
              { name: "REDIS_LEADER_SERVICE_HOST", value: leader.metadata.name },
              { name: "REDIS_REPLICA_SERVICE_HOST", value: followers.metadata.name },
            ],
            readinessProbe: { httpGet: { path: "/", port: 80 }, periodSeconds: 5 },
            ports: [{ containerPort: 80 }],
          },
        ],
      },
    },
  },
});
const page = new k8s.core.v1.Service("frontend", {
  metadata: { namespace, labels: front.metadata.labels, name: "frontend" },
  spec: { type: isMinikube ? "ClusterIP" : "LoadBalancer", ports: [{ port: 80 }], selector: labels },
});

export let address: pulumi.Output<string>;
if (isMinikube) {
  address = page.spec.clusterIP;
} else {
  address = page.status.loadBalancer.apply((status) => status.ingress[0].ip || status.ingress[0].hostname);
}
