/** Types whose objects hold data or keys that cannot be made again: losing one is worse than losing any other resource. */
const statefulTypes: readonly RegExp[] = [
  /^aws:rds\/(instance|cluster|clusterInstance|globalCluster|snapshot|clusterSnapshot):/,
  /^aws:(dynamodb\/(table|globalTable)|docdb\/(cluster|clusterInstance)|neptune\/(cluster|clusterInstance)|redshift\/cluster|redshiftserverless\/namespace):/,
  /^aws:(elasticache\/(cluster|replicationGroup|serverlessCache)|memorydb\/cluster|keyspaces\/table|timestreamwrite\/(database|table)|qldb\/ledger):/,
  /^aws:(opensearch\/domain|elasticsearch\/domain|msk\/(cluster|serverlessCluster)|mq\/broker|kinesis\/stream):/,
  /^aws:s3\/(bucket|bucketV2|directoryBucket):|^aws:s3tables\/(table|tableBucket):|^aws:glacier\/vault:|^aws:backup\/vault:/,
  /^aws:(efs\/fileSystem|fsx\/\w+FileSystem|ebs\/(volume|snapshot)|ecr\/repository|codecommit\/repository):/,
  /^aws:kms\/(key|replicaKey|externalKey):|^aws:secretsmanager\/secret:|^aws:ssm\/parameter:|^aws:cognito\/userPool:|^aws:route53\/zone:/,
  /^aws:cloudwatch\/logGroup:|^aws:sqs\/queue:/,
  /^kubernetes:core\/v1:(PersistentVolume|PersistentVolumeClaim|Namespace)$/,
  /^kubernetes:apps\/v1(beta\d)?:StatefulSet$/,
  /^kubernetes:apiextensions\.k8s\.io\/v1:CustomResourceDefinition$/,
  /^tls:index\/privateKey:/,
];

/** Whether objects of this Pulumi type hold data or keys. A table of facts, not complete: unknown types count as stateless. */
export function isStateful(type: string): boolean {
  return statefulTypes.some((pattern) => pattern.test(type));
}
