import type { StackDeclaration } from "../../domain/environments/index.ts";
import type { AttemptResult, LiveStack, LiveStacks, StackRead } from "../../domain/planner/index.ts";
import type { EnvironmentRecord, StackRecord } from "../ledger/index.ts";

const attempts: Readonly<Record<StackRecord["result"], AttemptResult | undefined>> = {
  good: "good",
  failed: "failed",
  applying: "interrupted",
  never: undefined,
  destroyed: undefined,
};

function liveStack(record: StackRecord): LiveStack | undefined {
  const result = attempts[record.result];
  if (result === undefined) return undefined;
  return {
    closureDigest: record.lastGood?.closureDigest,
    result,
    // An attempt that failed before it made anything leaves nothing behind that could be lost.
    ...(result === "failed" && record.resources === 0 && record.lastGood === null ? {} : { pulumiStack: record.pulumiStack }),
    ...(typeof record["project"] === "string" ? { project: record["project"] } : {}),
    ...(record["declaration"] === undefined ? {} : { declaration: record["declaration"] as StackDeclaration }),
    ...(record.outdated === undefined ? {} : { outdated: record.outdated }),
    ...(record["reads"] === undefined ? {} : { reads: record["reads"] as readonly StackRead[] }),
  };
}

/** What the ledger says is live, in the planner's words. */
export function liveStacks(environment: EnvironmentRecord | undefined): LiveStacks {
  const found: Record<string, LiveStack> = {};
  for (const [name, record] of Object.entries(environment?.stacks ?? {})) {
    const live = liveStack(record);
    if (live !== undefined) found[name] = live;
  }
  return found;
}
