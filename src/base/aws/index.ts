export { encoded, payloadDigest, signedHeaders, type AwsKeys } from "./sign.ts";
export { keysIn } from "./keys.ts";
