export { credentialsIn, publicAddress } from "./address.ts";
export { Secret } from "./secret.ts";
export { Scrubber } from "./scrubber.ts";
