import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { disposable, type Tags } from "../lib/tags.ts";

export interface DatabaseArgs {
  /** Semver of the engine, "17.6.0"; RDS is asked for major.minor. */
  readonly version: string;
  readonly size: string;
  readonly storageGb: number;
  readonly multiAz: boolean;
  /** May this database and its data be lost without asking? */
  readonly disposable: boolean;
  readonly vpcId: pulumi.Input<string>;
  readonly subnetIds: pulumi.Input<string[]>;
  /** Only members of this security group reach the database. */
  readonly clientGroupId: pulumi.Input<string>;
}

type TagsFor = (name: string, more?: Tags) => Record<string, string>;

export interface Database {
  readonly instance: aws.rds.Instance;
  readonly password: random.RandomPassword;
}

/** A PostgreSQL that only the cluster's nodes reach. What is not disposable is protected, and leaves a last snapshot behind. */
export function database(args: DatabaseArgs, tags: TagsFor): Database {
  const password = new random.RandomPassword("password", { length: 32, special: false });
  const subnets = new aws.rds.SubnetGroup("shop", { subnetIds: args.subnetIds, tags: tags("shop-db") });
  const firewall = new aws.ec2.SecurityGroup("shop-db", {
    vpcId: args.vpcId,
    description: "PostgreSQL of the shop: in from the cluster's nodes",
    ingress: [{ protocol: "tcp", fromPort: 5432, toPort: 5432, securityGroups: [args.clientGroupId] }],
    tags: tags("shop-db"),
  });
  const instance = new aws.rds.Instance(
    "shop",
    {
      engine: "postgres",
      engineVersion: args.version.split(".").slice(0, 2).join("."),
      instanceClass: args.size,
      allocatedStorage: args.storageGb,
      storageType: "gp3",
      storageEncrypted: true,
      multiAz: args.multiAz,
      dbName: "shop",
      username: "shop",
      password: password.result,
      dbSubnetGroupName: subnets.name,
      vpcSecurityGroupIds: [firewall.id],
      backupRetentionPeriod: args.disposable ? 1 : 14,
      deletionProtection: !args.disposable,
      skipFinalSnapshot: args.disposable,
      ...(args.disposable ? {} : { finalSnapshotIdentifier: "shop-last" }),
      tags: tags("shop-db", args.disposable ? disposable : {}),
    },
    { protect: !args.disposable },
  );
  return { instance, password };
}
