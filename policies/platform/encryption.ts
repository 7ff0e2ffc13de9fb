import { isTrue, type NamedRule } from "./rule.ts";

/** Type → the input that switches encryption at rest on. DynamoDB, Redshift serverless and Timestream encrypt without being asked. */
const switches: { readonly [type: string]: string } = {
  "aws:docdb/cluster:Cluster": "storageEncrypted",
  "aws:elasticache/replicationGroup:ReplicationGroup": "atRestEncryptionEnabled",
  "aws:neptune/cluster:Cluster": "storageEncrypted",
  "aws:rds/cluster:Cluster": "storageEncrypted",
  "aws:rds/instance:Instance": "storageEncrypted",
  "aws:redshift/cluster:Cluster": "encrypted",
};

export const encryptedDatabase: NamedRule = {
  name: "no-unencrypted-database",
  description: "Databases encrypt what they store",
  level: "mandatory",
  rule({ type, props }) {
    const key = switches[type];
    // A replica takes the setting of its source, and refuses one of its own.
    if (key === undefined || isTrue(props[key]) || props["replicateSourceDb"] !== undefined) return [];
    return [`Set ${key}: true. It cannot be switched on later without a new database.`];
  },
};
