import type { ResourceChange } from "../changes/index.ts";

export type Precious = Pick<ResourceChange, "type" | "name" | "stateful" | "protected">;

/** What holds data, or was marked as not to be lost. */
export const isPrecious = (one: Pick<Precious, "stateful" | "protected">): boolean => one.stateful || one.protected;

export const namedPrecious = ({ type, name, protected: isProtected }: Precious): string => `${type} ${name}${isProtected ? " (protected)" : ""}`;
