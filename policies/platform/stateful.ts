import { items, member, type NamedRule, type Seen } from "./rule.ts";

/** What holds data or keys itself. Left out of what trueup calls stateful: what only groups it, what is on its way, what the program has anyway. */
const stateful = new Set([
  "aws:backup/vault:Vault",
  "aws:codecommit/repository:Repository",
  "aws:cognito/userPool:UserPool",
  "aws:docdb/cluster:Cluster",
  "aws:dynamodb/globalTable:GlobalTable",
  "aws:dynamodb/table:Table",
  "aws:ebs/snapshot:Snapshot",
  "aws:ebs/volume:Volume",
  "aws:ecr/repository:Repository",
  "aws:efs/fileSystem:FileSystem",
  "aws:elasticache/cluster:Cluster",
  "aws:elasticache/replicationGroup:ReplicationGroup",
  "aws:elasticache/serverlessCache:ServerlessCache",
  "aws:elasticsearch/domain:Domain",
  "aws:fsx/lustreFileSystem:LustreFileSystem",
  "aws:fsx/ontapFileSystem:OntapFileSystem",
  "aws:fsx/openZfsFileSystem:OpenZfsFileSystem",
  "aws:fsx/windowsFileSystem:WindowsFileSystem",
  "aws:glacier/vault:Vault",
  "aws:keyspaces/table:Table",
  "aws:kinesis/stream:Stream",
  "aws:kms/externalKey:ExternalKey",
  "aws:kms/key:Key",
  "aws:kms/replicaKey:ReplicaKey",
  "aws:memorydb/cluster:Cluster",
  "aws:mq/broker:Broker",
  "aws:msk/cluster:Cluster",
  "aws:msk/serverlessCluster:ServerlessCluster",
  "aws:neptune/cluster:Cluster",
  "aws:opensearch/domain:Domain",
  "aws:qldb/ledger:Ledger",
  "aws:rds/cluster:Cluster",
  "aws:rds/clusterSnapshot:ClusterSnapshot",
  "aws:rds/instance:Instance",
  "aws:rds/snapshot:Snapshot",
  "aws:redshift/cluster:Cluster",
  "aws:redshiftserverless/namespace:Namespace",
  "aws:s3/bucket:Bucket",
  "aws:s3/bucketV2:BucketV2",
  "aws:s3/directoryBucket:DirectoryBucket",
  "aws:s3tables/table:Table",
  "aws:s3tables/tableBucket:TableBucket",
  "aws:secretsmanager/secret:Secret",
  "aws:timestreamwrite/database:Database",
  "aws:timestreamwrite/table:Table",
  "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
  "kubernetes:core/v1:PersistentVolume",
  "kubernetes:core/v1:PersistentVolumeClaim",
]);

function holdsData(resource: Seen): boolean {
  if (resource.type.endsWith(":StatefulSet")) return items(member(resource.props["spec"], "volumeClaimTemplates")).length > 0;
  return stateful.has(resource.type);
}

function marked(resource: Seen): boolean {
  const labels = member(resource.props["metadata"], "labels");
  return [resource.props["tags"], labels].some((marks) => member(marks, "lifecycle") === "disposable");
}

/**
 * A pack is shown what a program wants, never what goes away, so it cannot refuse a delete itself. It makes sure that the engine does:
 * what holds data is protected (the engine then refuses to delete or replace it), or is marked as something that may be lost.
 */
export const statefulIsKept: NamedRule = {
  name: "stateful-is-kept",
  description: "What holds data is protected, or marked lifecycle: disposable",
  level: "mandatory",
  rule(resource) {
    if (!holdsData(resource) || resource.protect || marked(resource)) return [];
    return ["It holds data: set protect: true, or mark it with the tag (or label) lifecycle: disposable."];
  },
};
