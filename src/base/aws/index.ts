export { encoded, payloadDigest, signedHeaders, type AwsKeys } from "./sign.ts";
export { element, keysOf, regionOf, stsEndpoint } from "./web-identity.ts";
