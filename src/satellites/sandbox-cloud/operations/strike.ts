import { setTimeout as sleep } from "node:timers/promises";
import type { Fault, FaultOp } from "../store/faults.ts";
import { CloudError, statuses, type Call } from "./call.ts";

/** Longer than any engine waits; a hang has an end so that nothing lives for ever. */
const longestMs = 30 * 60_000;

/** Ends early, without a word, when the engine cancels: what was begun is then finished at once. */
async function pause(ms: number, call: Call): Promise<void> {
  await sleep(Math.min(ms, longestMs), undefined, { signal: call.caller.cancel }).catch(() => undefined);
}

/** Lets the faults act that strike before the work; returns those that strike after it. */
export async function strikeBefore(call: Call, op: FaultOp): Promise<readonly Fault[]> {
  const struck = call.backing.faults.strike({ op, type: call.type, urn: call.urn });
  for (const fault of struck) {
    if (fault.kind === "latency") await pause(fault.latencyMs ?? 1000, call);
    if (fault.kind === "hang") {
      await pause(longestMs, call);
      throw new CloudError(statuses.unavailable, fault.message ?? "the sandbox cloud did not answer (fault: hang)");
    }
    if (fault.kind === "throttle") throw new CloudError(statuses.exhausted, fault.message ?? "ThrottlingException: Rate exceeded (fault: throttle)");
    if (fault.kind === "fail-before") throw new CloudError(statuses.internal, fault.message ?? "InternalFailure: the request failed (fault: fail-before)");
  }
  return struck.filter((fault) => fault.kind === "fail-after" || fault.kind === "partial" || fault.kind === "unhealthy");
}

export function failAfter(struck: readonly Fault[]): void {
  const fault = struck.find((each) => each.kind === "fail-after");
  if (fault !== undefined)
    throw new CloudError(statuses.internal, fault.message ?? "InternalFailure: the connection was lost after the request was sent (fault: fail-after)");
}

/** What the work leaves behind: an update is a new chance for an object that was not well. */
export function healthAfter(struck: readonly Fault[]): string {
  return struck.some((each) => each.kind === "unhealthy") ? "unhealthy" : "healthy";
}

export function partialFault(struck: readonly Fault[]): Fault | undefined {
  return struck.find((each) => each.kind === "partial");
}
