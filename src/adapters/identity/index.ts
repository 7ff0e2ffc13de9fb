export { awsAccount, type AwsAccountOptions, type AwsIdentity } from "./account.ts";
