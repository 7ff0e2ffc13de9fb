import type { Environment } from "../../domain/environments/index.ts";
import type { Estate } from "../estate/index.ts";
import { besideChecks, type CheckResult } from "./checks.ts";
import { cancelledLooking, inspect, planOf, type Inspection, type InspectionQuestion } from "./inspect.ts";
import { liveRules } from "./rules.ts";

/** All that the read-only phase found out by running something. */
export interface Looked {
  readonly inspection: Inspection;
  /** What the inspection is judged by. */
  readonly rules: Environment;
  readonly checks: readonly CheckResult[];
}

/**
 * Inspects, and runs the checks beside it: they read files alone, and wait for no preview. The rules, checks among them, are those of `rulesFrom`.
 * Raises what `inspect` raises; no check outlives it.
 */
export async function look(estate: Estate, question: InspectionQuestion, rulesFrom: string | undefined): Promise<Looked> {
  const live = await liveRules(estate, question.revision, rulesFrom);
  // Without a stack there is nothing that a check could speak for.
  const rules = planOf(question).units.length === 0 ? { ...live, checks: [] } : live;
  const [inspection, checks] = await besideChecks(estate, { checks: rules.checks, tree: question.revision.tree, ...question }, () => inspect(estate, question));
  if (question.signal?.aborted === true) throw cancelledLooking(rules.name);
  return { inspection, rules, checks };
}
