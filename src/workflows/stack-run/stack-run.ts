import { join } from "node:path";
import { Problem } from "../../base/problem/index.ts";
import type { EngineOutcome, StackSite, StateSummary } from "../../adapters/engine/index.ts";
import type { Estate } from "../estate/index.ts";
import { overdueProblem } from "../inspection/index.ts";
import type { KeptLease, Ledger, RunStack } from "../ledger/index.ts";
import { madeId, noting } from "../recovery/index.ts";

/** The run that a stack is run for. */
export interface RunFacts {
  readonly estate: Estate;
  readonly ledger: Ledger;
  readonly run: string;
  readonly startedAt: Date;
  /** Its name. */
  readonly environment: string;
  readonly kept: Pick<KeptLease, "confirm">;
}

const keptBackups = 30;

/** The state as it was before this run touched it, beside the clone: the last resort of a person. Answers where; undefined where there was none. */
export async function backUp({ estate, environment, run, startedAt }: RunFacts, stack: string, state: StateSummary): Promise<string | undefined> {
  if (!state.exists) return undefined;
  const { work, host } = estate;
  const folder = join(work, "backups", environment, stack);
  const file = join(folder, `${startedAt.toISOString().replaceAll(":", "")}-${run}.json`);
  // A stack that is run again in the same run, to be rolled back, is kept as it was before the first time.
  if ((await host.files.read(file)) === undefined) await host.files.write(file, state.deployment);
  for (const name of (await host.files.list(folder)).slice(0, -keptBackups)) await host.files.remove(join(folder, name));
  return file;
}

/** What the engine does, told and written down as it happens. `told` is filled by urn with the ids that it tells. */
export function heard({ estate, ledger, kept }: RunFacts, site: StackSite, told: Map<string, string>): ReturnType<typeof noting> {
  const notes = noting({ ledger, clock: estate.clock, kept }, site);
  return {
    ...notes,
    onProgress: (progress) => {
      const { urn, operation, phase } = progress;
      const id = madeId(progress);
      if (id !== undefined) told.set(urn, id);
      notes.onProgress(progress);
      estate.observe({ kind: "resource", stack: site.stack, urn, operation, phase });
    },
  };
}

/** Operations that an engine left in a state when it died, with the id where it had told one. */
export function unfinishedIn(after: StateSummary | undefined, told: ReadonlyMap<string, string>): NonNullable<RunStack["unfinished"]> {
  return (after?.pending ?? []).map(({ urn, type, operation }) => {
    const id = told.get(urn);
    return { urn, type, operation, ...(id === undefined ? {} : { id }) };
  });
}

/** What a stack is run as. */
export interface Attempt {
  /** The environment's name. */
  readonly environment: string;
  readonly stack: string;
  readonly commit: string;
}

/** Why a run of the engine did not do all that it was to do; undefined when it did. */
export function failureOf(outcome: EngineOutcome | undefined, { environment, stack, commit }: Attempt): Problem | undefined {
  if (outcome === undefined || outcome.result === "succeeded") return undefined;
  const on = `${environment}.${stack} at ${commit.slice(0, 7)}`;
  if (outcome.result === "cancelled")
    return new Problem("CANCELLED", { what: "cancelled while it was applied", on, todo: `See what is left with: trueup status ${environment}` });
  const left = `See what is left with: trueup status ${environment}.`;
  const overdue = overdueProblem(outcome, { stack, on, kind: "apply", left });
  if (overdue !== undefined) return overdue;
  const error = outcome.changes.diagnostics.find((one) => one.severity === "error");
  const where = error?.source === undefined ? on : `${on}, ${error.source}`;
  return new Problem("ENGINE_FAILED", {
    what: error?.message.split("\n")[0] ?? "the engine failed without a message",
    on: where,
    todo: `Mend it and push, or run again what can be retried: trueup apply ${environment}`,
  });
}
