import type { EngineOutcome, RunLimits, StackSite } from "../../adapters/engine/index.ts";
import { isPassing, pausesMs } from "../../domain/units/index.ts";
import type { Estate } from "../estate/index.ts";

/** What was done in all tries together; how it ended is the last one's. */
function together(first: EngineOutcome, last: EngineOutcome): EngineOutcome {
  const again = new Set(last.changes.resources.map(({ urn }) => urn));
  const changes = {
    ...last.changes,
    resources: [...first.changes.resources.filter(({ urn }) => !again.has(urn)), ...last.changes.resources],
    changedOutputs: [...new Set([...first.changes.changedOutputs, ...last.changes.changedOutputs])],
  };
  return { ...last, changes, drift: [...first.drift, ...last.drift], durationMs: first.durationMs + last.durationMs };
}

export type Patient = Pick<RunLimits, "onProgress" | "signal">;

/**
 * Runs a stack, and a few times more where all that failed of it passes by itself: a cloud that asks to slow down, a connection that was lost. `isFirst`: what
 * was known of the stack still is so.
 */
export async function patiently<Limits extends Patient>(
  estate: Estate,
  { site, limits }: { readonly site: StackSite; readonly limits: Limits },
  work: (limits: Limits, isFirst: boolean) => Promise<EngineOutcome>,
): Promise<EngineOutcome> {
  let lostCreation = false;
  const listening = {
    ...limits,
    onProgress: (progress: Parameters<NonNullable<RunLimits["onProgress"]>>[0]) => {
      lostCreation ||= progress.begun !== undefined;
      limits.onProgress?.(progress);
    },
  };
  let outcome = await work(listening, true);
  for (const pauseMs of pausesMs) {
    const { diagnostics } = outcome.changes;
    if (outcome.result !== "failed" || !isPassing({ diagnostics, lostCreation }) || limits.signal?.aborted === true) return outcome;
    estate.observe({
      kind: "step",
      text: `${site.stack}: ${diagnostics.find(({ severity }) => severity === "error")?.message.split("\n")[0] ?? ""}; once more in ${pauseMs / 1000} s`,
    });
    const isOver = await estate.clock.sleep(pauseMs, limits.signal).then(
      () => false,
      () => true,
    );
    if (isOver) return outcome;
    outcome = together(outcome, await work(listening, false));
  }
  return outcome;
}
