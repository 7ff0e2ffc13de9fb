import type { StackDeclaration } from "../environments/index.ts";
import type { StackRead } from "./closure.ts";

/** How the last attempt on a stack ended. Anything but `good` makes it affected. */
export type AttemptResult = "good" | "failed" | "interrupted" | "rolled-back";

/** What the ledger knows of one stack. */
export interface LiveStack {
  /** Closure digest of what is live; undefined when nothing was ever good. */
  readonly closureDigest: string | undefined;
  readonly result: AttemptResult;
  /** The Pulumi stack and project it was applied as. */
  readonly pulumiStack?: string;
  readonly project?: string;
  /** As it was declared at the live commit: names the arguments that changed, and is needed to retire a stack that is declared no more. */
  readonly declaration?: StackDeclaration;
  /** What it read at the live commit: a stack is retired after those that read it. */
  readonly reads?: readonly StackRead[];
  /** Stacks that it reads and whose outputs may have moved since it was applied: what it was made with may be gone. */
  readonly outdated?: readonly string[];
}

export type LiveStacks = Readonly<Record<string, LiveStack>>;

/** What the ledger's record says of one stack; names like `constructor` are names, not members of Object. */
export function liveStack(live: LiveStacks, name: string): LiveStack | undefined {
  return Object.hasOwn(live, name) ? live[name] : undefined;
}

export const attemptWords: Readonly<Record<Exclude<AttemptResult, "good">, string>> = {
  failed: "its last attempt failed",
  interrupted: "its last attempt was interrupted",
  "rolled-back": "its last attempt was rolled back",
};
