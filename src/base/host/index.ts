export type { Files, Here, Host, Processes } from "./host.ts";
export { thisHost } from "./this-host.ts";
