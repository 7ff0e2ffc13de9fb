export { byCodeUnit, canonicalJson, digestOf } from "./canonical.ts";
