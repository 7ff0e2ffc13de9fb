import { isOtherMemory, remember, type Memory } from "../../domain/changes/index.ts";
import { driftSentence, type EnvironmentRecord } from "../ledger/index.ts";
import { findingsOf, readStacks, type Detection } from "./drift.ts";
import { memoryOf, withMemory } from "./memory.ts";

/** The stacks that were read and that nobody touched since: what was found of others is about a state that is no more. */
function unmoved(detection: Detection, now: EnvironmentRecord): readonly string[] {
  return readStacks(detection).filter((name) => {
    const [was, is] = [detection.live.stacks[name], now.stacks[name]];
    return is !== undefined && is.result !== "applying" && was?.run === is.run && was?.stateDigest === is.stateDigest;
  });
}

/** What the ledger is to remember of a look, from the record as it is now. */
export function memoryAfter(detection: Detection, current: EnvironmentRecord): Memory {
  const stacks = unmoved(detection, current);
  return remember(memoryOf(current), { stacks, findings: findingsOf(detection, stacks) }, detection.at);
}

/** The stacks whose schedule this look has served. */
export function servedBy(detection: Detection): readonly string[] {
  const read = readStacks(detection);
  return detection.stacks.filter(({ stack }) => stack.drift.schedule !== undefined && read.includes(stack.name)).map(({ stack }) => stack.name);
}

/** How many resources drifted, by stack, for the sentence of the ledger's commit. */
export function countedByStack(detection: Detection, names: readonly string[]): readonly { readonly stack: string; readonly resources: number }[] {
  return [...Map.groupBy(findingsOf(detection, names), (finding) => finding.stack)].map(([stack, found]) => ({ stack, resources: found.length }));
}

/** Writes the open findings to the ledger, in one commit: only when the set differs, or a schedule was served. True when it did. */
export async function recordFindings(detection: Detection, served: readonly string[] = []): Promise<boolean> {
  const { environment, stacks } = detection;
  const written = await detection.ledger.record((current) => {
    const after = memoryAfter(detection, current);
    if (!isOtherMemory(memoryOf(current), after) && served.length === 0) return undefined;
    const found = countedByStack(detection, readStacks(detection));
    return {
      next: withMemory(current, after, { at: detection.at, checked: served }),
      sentence: driftSentence({ environment, found, looked: stacks.length, fixed: false }),
      trailers: { Kind: "drift", Result: found.length === 0 ? "none" : "found" },
    };
  });
  return written !== undefined;
}
