export { mendStack, type Mended, type MendWork } from "./mend.ts";
export { readPast, type Past } from "./past.ts";
