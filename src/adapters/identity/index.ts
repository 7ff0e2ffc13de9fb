export { awsAccount, type AwsIdentity } from "./account.ts";
export { assumeRole, type AssumeQuestion } from "./assume.ts";
export type { AwsAccountOptions } from "./sts.ts";
