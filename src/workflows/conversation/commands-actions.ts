import { asProblem } from "../../base/problem/index.ts";
import type { Forge } from "../../adapters/forges/index.ts";
import { driftText, hasDrift, statusText, terminalBlock, type Look } from "../../domain/reports/index.ts";
import { detectDrift, driftProblem, driftReportOf, fixDrift, type Detection, type Repair } from "../drift/index.ts";
import type { Estate } from "../estate/index.ts";
import { retryFailed } from "../rollback/index.ts";
import { environmentStatus } from "../status/index.ts";
import { adopt, ignore } from "./drift-orders.ts";
import { afterRun } from "./after-run.ts";
import { approve } from "./approvals.ts";
import type { Actions, Ordered, Outcome } from "./orders.ts";
import { publishPreviews } from "./publish.ts";
import { rollBack } from "./rollback.ts";
import { applyAndTell } from "./tell.ts";

/** How a run that answers comments can be ended, and watched. */
export interface ActionOptions {
  readonly url?: string;
  /** Environments that whoever answers looks after. Left out: all. */
  readonly only?: readonly string[];
  readonly signal?: AbortSignal;
  readonly hardSignal?: AbortSignal;
}

const look: Look = { width: 110, color: false, unicode: true };

/** The head that was decided on may have been pushed over while other lines ran. Returns what is wrong. */
async function pushedOver(forge: Forge, { head, pullRequest }: Ordered): Promise<string | undefined> {
  const now = (await forge.pullRequest(pullRequest.number)).head.commit;
  return now === head ? undefined : `the head moved from ${head.slice(0, 7)} to ${now.slice(0, 7)} just now: nothing was begun`;
}

async function apply(estate: Estate, forge: Forge, { ordered, options }: { readonly ordered: Ordered; readonly options: ActionOptions }): Promise<Outcome> {
  const moved = await pushedOver(forge, ordered);
  if (moved !== undefined) return { ok: false, says: moved };
  const { report, result } = await applyAndTell(estate, forge, { environment: ordered.environment, all: false, ...options });
  const { problem } = result;
  if (problem !== undefined) return { ok: false, says: `${problem.code}: ${problem.what}. ${problem.todo}` };
  return { ok: true, says: report.result === "nothing" ? "there was nothing to apply" : `run ${report.run} applied ${report.commit.slice(0, 7)}` };
}

/** What failed and is held is let go first; where nothing is held, applying again is trying again. */
async function letTryAgain(estate: Estate, { environment, by }: Ordered): Promise<void> {
  await retryFailed(estate, { environment, by: `@${by}` }).catch((thrown: unknown) => {
    if (asProblem(thrown, environment).code !== "USAGE") throw thrown;
  });
}

async function drift(estate: Estate, forge: Forge, { ordered, options }: { readonly ordered: Ordered; readonly options: ActionOptions }): Promise<Outcome> {
  const { environment, stack, fix } = ordered;
  const began = estate.clock.monotonicMs();
  const request = { environment, ...(stack === undefined ? {} : { stack }), ...options };
  const repair: Repair | undefined = fix ? await fixDrift(estate, request) : undefined;
  const detection: Detection = repair?.detection ?? (await detectDrift(estate, request));
  // Who only looks writes nothing down, and so has nothing to tell.
  if (fix) await afterRun(estate, forge, { environment, drift: true, ...(options.signal === undefined ? {} : { signal: options.signal }) });
  const looked = { detection, ...(repair === undefined ? {} : { repair }) };
  const report = driftReportOf(looked, estate.clock.monotonicMs() - began);
  const problem = driftProblem(looked);
  const says = problem === undefined ? (hasDrift(report) ? "there is drift:" : "there is no drift") : `${problem.code}: ${problem.what}. ${problem.todo}`;
  return { ok: problem === undefined, says, markdown: terminalBlock(driftText(report, look)) };
}

async function status(estate: Estate, { environment }: Ordered): Promise<Outcome> {
  return { ok: true, says: "as the ledger has it:", markdown: terminalBlock(statusText(await environmentStatus(estate, environment), look)) };
}

/** The one comment shows all environments that we look after: so all of those are previewed, also when only one was named. */
async function preview(estate: Estate, forge: Forge, { ordered, options }: { readonly ordered: Ordered; readonly options: ActionOptions }): Promise<Outcome> {
  const { reports, comment, problem } = await publishPreviews(estate, forge, { number: ordered.pullRequest.number, all: false, ...options });
  const names = reports.map((report) => report.environment).join(", ");
  if (problem !== undefined) return { ok: false, says: `previewed ${names}; ${problem.code}: ${problem.what}. ${problem.todo}` };
  return comment === undefined
    ? { ok: false, says: "the head moved meanwhile: its own preview tells the rest" }
    : { ok: true, says: `previewed ${names}; the comment above shows it` };
}

/**
 * What the commands do, with what trueup has.
 */
export function commandActions(estate: Estate, forge: Forge, options: ActionOptions): Actions {
  const applies = async (ordered: Ordered): Promise<Outcome> => apply(estate, forge, { ordered, options });
  return {
    preview: async (ordered) => preview(estate, forge, { ordered, options }),
    status: async (ordered) => status(estate, ordered),
    drift: async (ordered) => drift(estate, forge, { ordered, options }),
    adopt: async (ordered) => adopt(estate, { ordered, options }),
    ignore: async (ordered) => ignore(estate, forge, { ordered, options }),
    approve: async (ordered) => approve(estate, ordered),
    apply: applies,
    retry: async (ordered) => {
      await letTryAgain(estate, ordered);
      return applies(ordered);
    },
    rollback: async (ordered) => rollBack(estate, forge, ordered),
  };
}
