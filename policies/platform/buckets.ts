import { items, member, type NamedRule, type Seen } from "./rule.ts";

const publicAcls = new Set(["public-read", "public-read-write", "authenticated-read", "website"]);
const blocks = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"] as const;
const acls = new Set(["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2", "aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2"]);

export const noPublicBucket: NamedRule = {
  name: "no-public-bucket",
  description: "Nobody reads a bucket from outside: no public ACL, no policy for everyone, no opened public access block",
  level: "mandatory",
  rule(resource) {
    if (acls.has(resource.type)) return publicAcl(resource);
    if (resource.type === "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock") return openedBlock(resource);
    if (resource.type === "aws:s3/bucketPolicy:BucketPolicy") return forEveryone(resource);
    return [];
  },
};

function publicAcl({ props }: Seen): readonly string[] {
  const acl = props["acl"];
  return typeof acl === "string" && publicAcls.has(acl) ? [`The ACL "${acl}" lets strangers read the bucket. Serve it through a distribution.`] : [];
}

function openedBlock({ props }: Seen): readonly string[] {
  const open = blocks.filter((key) => props[key] !== true);
  return open.length === 0 ? [] : [`The public access block leaves ${open.join(", ")} off.`];
}

function forEveryone({ props }: Seen): readonly string[] {
  const open = statements(props["policy"]).some((statement) => member(statement, "Effect") === "Allow" && !member(statement, "Condition") && anyone(statement));
  return open ? ["The bucket policy allows every principal, without a condition."] : [];
}

function anyone(statement: unknown): boolean {
  const principal = member(statement, "Principal");
  const aws = member(principal, "AWS");
  return principal === "*" || aws === "*" || items(aws).includes("*");
}

/** A policy comes as JSON text or as an object; text that is no JSON is the provider's business. */
function statements(policy: unknown): readonly unknown[] {
  const document = typeof policy === "string" ? parsed(policy) : policy;
  const statement = member(document, "Statement");
  return Array.isArray(statement) ? statement : [statement];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
