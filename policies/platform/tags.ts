import { items, member, type NamedRule, type Seen } from "./rule.ts";

const required = ["environment", "owner", "stack", "cost-centre"] as const;

/** AWS types that cost money or hold data, and can carry tags. Attachments, associations and rules can not. */
const taggable = new Set([
  "aws:autoscaling/group:Group",
  "aws:cloudwatch/logGroup:LogGroup",
  "aws:cloudwatch/metricAlarm:MetricAlarm",
  "aws:dynamodb/table:Table",
  "aws:ebs/volume:Volume",
  "aws:ec2/eip:Eip",
  "aws:ec2/instance:Instance",
  "aws:ec2/internetGateway:InternetGateway",
  "aws:ec2/launchTemplate:LaunchTemplate",
  "aws:ec2/natGateway:NatGateway",
  "aws:ec2/routeTable:RouteTable",
  "aws:ec2/securityGroup:SecurityGroup",
  "aws:ec2/subnet:Subnet",
  "aws:ec2/vpc:Vpc",
  "aws:ecr/repository:Repository",
  "aws:ecs/cluster:Cluster",
  "aws:ecs/service:Service",
  "aws:efs/fileSystem:FileSystem",
  "aws:eks/cluster:Cluster",
  "aws:eks/nodeGroup:NodeGroup",
  "aws:elasticache/cluster:Cluster",
  "aws:elasticache/replicationGroup:ReplicationGroup",
  "aws:iam/instanceProfile:InstanceProfile",
  "aws:iam/role:Role",
  "aws:kms/key:Key",
  "aws:lambda/function:Function",
  "aws:lb/loadBalancer:LoadBalancer",
  "aws:lb/targetGroup:TargetGroup",
  "aws:rds/cluster:Cluster",
  "aws:rds/instance:Instance",
  "aws:rds/subnetGroup:SubnetGroup",
  "aws:route53/zone:Zone",
  "aws:s3/bucket:Bucket",
  "aws:secretsmanager/secret:Secret",
  "aws:sns/topic:Topic",
  "aws:sqs/queue:Queue",
]);

/** Tags as a map; the autoscaling group alone has a list of {key, value}. */
function tagOf(resource: Seen, key: string): unknown {
  const tags = resource.props["tags"];
  if (Array.isArray(tags))
    return member(
      items(tags).find((tag) => member(tag, "key") === key),
      "value",
    );
  return member(tags, key) ?? member(resource.props["tagsAll"], key);
}

export const requiredTags: NamedRule = {
  name: "required-tags",
  description: `AWS resources carry the tags ${required.join(", ")}`,
  level: "mandatory",
  rule(resource) {
    if (!taggable.has(resource.type)) return [];
    const missing = required.filter((key) => !tagOf(resource, key));
    return missing.length === 0 ? [] : [`Tags are missing: ${missing.join(", ")}. tagsOf() in stacks/lib/tags.ts gives them all.`];
  },
};
