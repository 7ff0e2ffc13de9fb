import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";

const ireland = new aws.Provider("ireland", { region: "eu-west-1", defaultTags: { tags: { Region: "Ireland" } } });
const audit = new aws.Provider("audit", {
  region: "us-east-1",
  assumeRoles: [{ roleArn: "arn:aws:iam::210987654321:role/deploy", sessionName: "deploy" }],
});

const here = new aws.s3.Bucket("backups");
new aws.s3.BucketVersioning("backups", { bucket: here.id, versioningConfiguration: { status: "Enabled" } });
const there = new aws.s3.Bucket("backups-copy", {}, { provider: ireland });
const thereVersions = new aws.s3.BucketVersioning("backups-copy", { bucket: there.id, versioningConfiguration: { status: "Enabled" } }, { provider: ireland });

const replication = new aws.iam.Role("replication", { assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "s3.amazonaws.com" }) });
new aws.s3.BucketReplicationConfig(
  "backups",
  {
    bucket: here.id,
    role: replication.arn,
    rules: [{ id: "all", status: "Enabled", destination: { bucket: there.arn, storageClass: "STANDARD_IA" } }],
  },
  { dependsOn: [thereVersions] },
);

// The same logical names and the same fixed name in two regions and two accounts.
class Alerts extends pulumi.ComponentResource {
  readonly topic: aws.sns.Topic;
  readonly queue: aws.sqs.Queue;

  constructor(name: string, opts: pulumi.ComponentResourceOptions) {
    super("acme:audit:Alerts", name, {}, opts);
    this.topic = new aws.sns.Topic(`${name}-alerts`, { name: "alerts" }, { parent: this });
    this.queue = new aws.sqs.Queue(`${name}-alerts`, { name: "alerts", visibilityTimeoutSeconds: 30 }, { parent: this });
    new aws.sns.TopicSubscription(`${name}-alerts`, { topic: this.topic.arn, protocol: "sqs", endpoint: this.queue.arn }, { parent: this });
    this.registerOutputs({});
  }
}
const alerts = [new Alerts("ireland", { provider: ireland }), new Alerts("audit", { providers: { aws: audit } }), new Alerts("here", {})];

function kubeconfig(cluster: string) {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: cluster, cluster: { server: `https://${cluster}.example.com` } }],
    contexts: [{ name: cluster, context: { cluster, user: "admin" } }],
    "current-context": cluster,
    users: [{ name: "admin", user: { token: "not-a-token" } }],
  });
}
const settings = ["blue", "green"].map((colour) => {
  const provider = new k8s.Provider(colour, { kubeconfig: kubeconfig(colour), namespace: "platform", enableServerSideApply: true });
  const namespace = new k8s.core.v1.Namespace(`${colour}-platform`, { metadata: { name: "platform" } }, { provider });
  return new k8s.core.v1.ConfigMap(
    `${colour}-settings`,
    { metadata: { name: "settings" }, data: { colour, peer: there.bucket } },
    { provider, dependsOn: namespace },
  );
});

export const accounts = pulumi
  .all([aws.getCallerIdentityOutput(), aws.getCallerIdentityOutput({}, { provider: audit })])
  .apply((both) => both.map((each) => each.accountId));
export const topics = alerts.map((each) => each.topic.arn);
export const namespaces = settings.map((each) => each.metadata.namespace);
