import * as aws from "@pulumi/aws";

export interface AuditArgs {
  retentionDays: number;
  tags: { [key: string]: string };
}

/** A bucket that nobody outside can read, which forgets after `retentionDays`. */
export function auditTrail(name: string, args: AuditArgs) {
  const bucket = new aws.s3.Bucket(name, { tags: { ...args.tags, lifecycle: "disposable" } });
  const closed = new aws.s3.BucketPublicAccessBlock(name, {
    bucket: bucket.id,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  const encrypted = new aws.s3.BucketServerSideEncryptionConfiguration(name, {
    bucket: bucket.id,
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
  });
  const forgets = new aws.s3.BucketLifecycleConfiguration(name, {
    bucket: bucket.id,
    rules: [{ id: "forget", status: "Enabled", filter: {}, expiration: { days: args.retentionDays } }],
  });
  return { bucket, closed, encrypted, forgets };
}
