export { agentPass, type Done, type Watch } from "./pass.ts";
