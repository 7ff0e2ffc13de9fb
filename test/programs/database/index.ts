import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";
import * as random from "@pulumi/random";

interface Maintenance {
  window: string;
  backupDays: number;
}

const config = new pulumi.Config();
const storage = config.getNumber("storage") ?? 20;
const maintenance = config.getObject<Maintenance>("maintenance") ?? { window: "sun:03:00-sun:04:00", backupDays: 7 };

const vpc = aws.ec2.getVpcOutput({ default: true });
const subnets = aws.ec2.getSubnetsOutput({ filters: [{ name: "vpc-id", values: [vpc.id] }] });

const group = new aws.ec2.SecurityGroup("orders", { vpcId: vpc.id, description: "PostgreSQL from inside the network" });
new aws.vpc.SecurityGroupIngressRule("postgres", {
  securityGroupId: group.id,
  cidrIpv4: vpc.cidrBlock,
  ipProtocol: "tcp",
  fromPort: 5432,
  toPort: 5432,
});

const subnetGroup = new aws.rds.SubnetGroup("orders", { subnetIds: subnets.ids });
const parameters = new aws.rds.ParameterGroup("orders", {
  family: "postgres16",
  parameters: [
    { name: "log_min_duration_statement", value: "500" },
    { name: "rds.force_ssl", value: "1" },
  ],
});

const password = new random.RandomPassword("master", { length: 24, special: true, overrideSpecial: "_-+=" });
const key = new aws.kms.Key("orders", { description: "Orders at rest", enableKeyRotation: true, deletionWindowInDays: 7 });
new aws.kms.Alias("orders", { name: "alias/orders", targetKeyId: key.keyId });

const primary = new aws.rds.Instance(
  "orders",
  {
    engine: "postgres",
    engineVersion: "16.4",
    instanceClass: "db.t4g.medium",
    allocatedStorage: storage,
    maxAllocatedStorage: storage * 4,
    storageEncrypted: true,
    kmsKeyId: key.arn,
    dbName: "orders",
    username: "master",
    password: password.result,
    dbSubnetGroupName: subnetGroup.name,
    parameterGroupName: parameters.name,
    vpcSecurityGroupIds: [group.id],
    backupRetentionPeriod: maintenance.backupDays,
    maintenanceWindow: maintenance.window,
    skipFinalSnapshot: true,
    applyImmediately: true,
  },
  { deleteBeforeReplace: true, customTimeouts: { create: "60m" } },
);

const replica = new aws.rds.Instance("orders-replica", {
  replicateSourceDb: primary.identifier,
  instanceClass: primary.instanceClass.apply((name) => name as aws.rds.InstanceType),
  skipFinalSnapshot: true,
  vpcSecurityGroupIds: [group.id],
});

const secret = new aws.secretsmanager.Secret("orders", { description: "How to reach the orders database", recoveryWindowInDays: 0 });
new aws.secretsmanager.SecretVersion("orders", {
  secretId: secret.id,
  secretString: pulumi.jsonStringify({ host: primary.address, port: primary.port, username: primary.username, password: password.result }),
});

const topic = new aws.sns.Topic("alarms");
for (const [name, instance] of Object.entries({ primary, replica })) {
  new aws.cloudwatch.MetricAlarm(`${name}-storage`, {
    namespace: "AWS/RDS",
    metricName: "FreeStorageSpace",
    dimensions: { DBInstanceIdentifier: instance.identifier },
    statistic: "Average",
    comparisonOperator: "LessThanThreshold",
    threshold: 5 * 1024 ** 3,
    period: 300,
    evaluationPeriods: 3,
    alarmActions: [topic.arn],
  });
}

export const endpoint = primary.endpoint;
export const readEndpoint = replica.endpoint;
export const secretArn = secret.arn;
export const connection = pulumi.secret(pulumi.interpolate`postgres://${primary.username}:${password.result}@${primary.endpoint}/orders`);
