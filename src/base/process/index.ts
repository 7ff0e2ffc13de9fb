export { runChild, type ChildOptions, type ChildResult } from "./child.ts";
export { killSession, processFacts, sessionMembers } from "./session.ts";
export { thisMachine, type Machine } from "./machine.ts";
