import { describe, expect, it } from "vitest";
import type { Seen } from "./rule.ts";
import { rules } from "./rules.ts";

const tags = { environment: "dev", owner: "a@acme.example", stack: "shop", "cost-centre": "4711" };

function violations(type: string, props: Seen["props"], protect = false): string[] {
  const seen = { type, name: "it", props, protect };
  return rules.filter((each) => each.rule(seen).length > 0).map((each) => each.name);
}

const deployment = (pod: object): Seen["props"] => ({ spec: { template: { spec: pod } } });
const limits = { resources: { limits: { cpu: "1", memory: "64Mi" } } };
const open = (statement: object): Seen["props"] => ({ policy: JSON.stringify({ Statement: [{ Effect: "Allow", Action: "s3:GetObject", ...statement }] }) });

describe("the platform's rules", () => {
  it.each<[string, string, Seen["props"]]>([
    ["required-tags", "aws:ec2/vpc:Vpc", { tags: { environment: "dev" } }],
    ["required-tags", "aws:autoscaling/group:Group", { tags: [{ key: "owner", value: "a" }] }],
    ["no-public-bucket", "aws:s3/bucketAcl:BucketAcl", { acl: "public-read" }],
    ["no-public-bucket", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", { blockPublicAcls: true }],
    ["no-public-bucket", "aws:s3/bucketPolicy:BucketPolicy", open({ Principal: "*" })],
    ["no-public-bucket", "aws:s3/bucketPolicy:BucketPolicy", open({ Principal: { AWS: ["*"] } })],
    ["no-unencrypted-database", "aws:rds/instance:Instance", { tags: { ...tags, lifecycle: "disposable" } }],
    ["no-privileged-pod", "kubernetes:apps/v1:Deployment", deployment({ containers: [{ name: "a", ...limits, securityContext: { privileged: true } }] })],
    ["no-privileged-pod", "kubernetes:core/v1:Pod", { spec: { hostNetwork: true, containers: [] } }],
    ["no-privileged-pod", "kubernetes:apps/v1:DaemonSet", deployment({ volumes: [{ name: "v", hostPath: { path: "/" } }] })],
    ["limits-on-pods", "kubernetes:apps/v1:Deployment", deployment({ containers: [{ name: "a" }] })],
    ["limits-on-pods", "kubernetes:batch/v1:CronJob", { spec: { jobTemplate: { spec: { template: { spec: { initContainers: [{ name: "a" }] } } } } } }],
    ["stateful-is-kept", "aws:rds/instance:Instance", { storageEncrypted: true, tags }],
    ["stateful-is-kept", "kubernetes:apps/v1:StatefulSet", { spec: { volumeClaimTemplates: [{}] } }],
  ])("%s stops a %s", (rule, type, props) => {
    expect(violations(type, props)).toEqual([rule]);
  });

  it.each<[string, string, Seen["props"] & { protect?: boolean }]>([
    ["a tagged network", "aws:ec2/vpc:Vpc", { tags }],
    ["a group whose tags are a list", "aws:autoscaling/group:Group", { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) }],
    ["an association, which has no tags", "aws:ec2/routeTableAssociation:RouteTableAssociation", {}],
    ["a protected database", "aws:rds/instance:Instance", { storageEncrypted: true, tags, protect: true }],
    ["a disposable claim", "kubernetes:core/v1:PersistentVolumeClaim", { metadata: { labels: { lifecycle: "disposable" } } }],
    ["a replica of an encrypted database", "aws:rds/instance:Instance", { replicateSourceDb: "main", tags, protect: true }],
    ["a policy for everyone with a condition", "aws:s3/bucketPolicy:BucketPolicy", open({ Principal: "*", Condition: { Bool: { a: "b" } } })],
    ["a policy that is no JSON", "aws:s3/bucketPolicy:BucketPolicy", { policy: "{" }],
    ["a set without a disk", "kubernetes:apps/v1:StatefulSet", deployment({ containers: [{ name: "a", ...limits }] })],
    ["somebody's own kind called Deployment-like", "kubernetes:acme.example/v1:Widget", deployment({ containers: [{ name: "a" }] })],
  ])("lets %s pass", (_, type, { protect = false, ...props }) => {
    expect(violations(type, props, protect)).toEqual([]);
  });
});
