import { asProblem, Problem } from "../../base/problem/index.ts";
import type { StackSite } from "../../adapters/engine/index.ts";
import { ruleWarnings, siftDrift, type DriftFinding } from "../../domain/changes/index.ts";
import { layers, type StackDeclaration } from "../../domain/environments/index.ts";
import { overdueProblem } from "../inspection/index.ts";
import { environmentBranch, eachOf, ledgerOf, prepareSites, readRevision, type Estate, type Revision } from "../estate/index.ts";
import type { EnvironmentRecord, Ledger, OpenFinding } from "../ledger/index.ts";

export interface DriftRequest {
  readonly environment: string;
  /** Only this stack; undefined: all that are live. */
  readonly stack?: string;
  readonly signal?: AbortSignal;
  readonly hardSignal?: AbortSignal;
}

/** One live stack and what differs from its recorded state. */
export interface StackDrift {
  readonly stack: StackDeclaration;
  readonly revision: Revision;
  readonly site: StackSite;
  readonly commit: string;
  /** What counts: ignored properties and provider noise are not in it. */
  readonly findings: readonly DriftFinding[];
  readonly noise: readonly DriftFinding[];
  readonly ignored: number;
  readonly warnings: readonly string[];
  readonly problem: Problem | undefined;
}

export interface Detection {
  readonly environment: string;
  readonly stacks: readonly StackDrift[];
  readonly live: EnvironmentRecord;
  readonly ledger: Ledger;
  readonly at: Date;
}

const refreshesAtOnce = 3;

interface LivePlace {
  readonly stack: StackDeclaration;
  readonly commit: string;
}

/** Live stacks with the declaration they were applied with: drift is judged at the live commit, not at the head. */
function livePlaces(live: EnvironmentRecord, only: string | undefined): LivePlace[] {
  const places = Object.values(live.stacks).flatMap((record) => {
    const stack = record["declaration"] as StackDeclaration | undefined;
    const commit = record.lastGood?.commit ?? record.commit;
    // A first attempt that failed before it made anything left nothing to compare.
    const isNothing = record.lastGood === null && record.resources === 0;
    return stack === undefined || commit === null || isNothing ? [] : [{ stack, commit }];
  });
  const wanted = only === undefined ? places : places.filter((place) => place.stack.name === only);
  if (only !== undefined && wanted.length === 0) {
    throw new Problem("STACK_UNKNOWN", {
      what: `the stack "${only}" is not live in ${live.environment}`,
      on: `environment ${live.environment}`,
      todo: `Live: ${places.map(({ stack }) => stack.name).join(", ") || "none"}.`,
    });
  }
  return wanted.sort((a, b) => layers.indexOf(a.stack.layer) - layers.indexOf(b.stack.layer));
}

async function look(estate: Estate, request: DriftRequest, place: LivePlace & { readonly revision: Revision; readonly site: StackSite }): Promise<StackDrift> {
  const { stack, revision, site, commit } = place;
  const blank = { stack, revision, site, commit, findings: [], noise: [], ignored: 0, warnings: [] };
  estate.observe({ kind: "stack", stack: stack.name, state: "refreshing" });
  try {
    const outcome = await (
      await estate.engine(revision.environment)
    ).refresh(site, {
      previewOnly: true,
      deadlineMs: estate.deadlines.driftMs,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
      ...(request.hardSignal === undefined ? {} : { hardSignal: request.hardSignal }),
    });
    const overdue = overdueProblem(outcome, { stack: stack.name, on: `${request.environment}.${stack.name}`, kind: "drift" });
    if (overdue !== undefined) throw overdue;
    if (outcome.result !== "succeeded") {
      const error = outcome.changes.diagnostics.find((one) => one.severity === "error");
      throw new Problem("ENGINE_FAILED", {
        what: error?.message.split("\n")[0] ?? "the refresh failed",
        on: `${request.environment}.${stack.name}`,
        todo: "See that its cloud can be reached with this environment's credentials, and run again.",
      });
    }
    const { kept, ignored } = siftDrift(outcome.drift, stack.drift.ignore, estate.clock.now());
    const warnings = ruleWarnings([{ rules: stack.drift.ignore, used: ignored.map(({ rule }) => rule), wasRead: true }], estate.clock.now());
    const findings = kept.filter((finding) => finding.kind !== "output-only");
    estate.observe({ kind: "stack", stack: stack.name, state: "previewed", detail: findings.length === 0 ? "true to git" : `${findings.length} drifted` });
    return { ...blank, findings, noise: kept.filter((finding) => finding.kind === "output-only"), ignored: ignored.length, warnings, problem: undefined };
  } catch (thrown) {
    estate.observe({ kind: "stack", stack: stack.name, state: "failed" });
    return { ...blank, problem: asProblem(thrown, `${request.environment}.${stack.name}`) };
  }
}

/** Compares what is live with what was recorded, property by property, at each stack's live commit. Writes nothing, takes no lock. */
export async function detectDrift(estate: Estate, request: DriftRequest): Promise<Detection> {
  estate.observe({ kind: "step", text: `reading what is live in ${request.environment}` });
  await estate.repository.fetch();
  const ledger = await ledgerOf(estate, request.environment);
  const live = (await ledger.read({ fetch: false }))?.environment;
  if (live === undefined) {
    await environmentBranch(estate, request.environment, undefined);
    throw new Problem("ENVIRONMENT_UNKNOWN", {
      what: `${request.environment} was never applied: there is nothing to compare with`,
      on: `branch ${ledger.branch}`,
      todo: `Run: trueup apply ${request.environment}`,
    });
  }
  estate.warm(live.identity?.cloud);
  const places = livePlaces(live, request.stack);
  const byCommit = Map.groupBy(places, (place) => place.commit);
  const ready: (LivePlace & { revision: Revision; site: StackSite })[] = [];
  for (const [commit, here] of byCommit) {
    const revision = await readRevision(estate, commit, request.environment);
    const sites = await prepareSites(
      estate,
      revision,
      here.map(({ stack }) => stack),
    );
    for (const place of here) ready.push({ ...place, revision, site: await sites.site(place.stack) });
  }
  const found: StackDrift[] = [];
  await eachOf(ready, { atOnce: refreshesAtOnce, stop: () => request.signal?.aborted === true }, async (place) => {
    found.push(await look(estate, request, place));
  });
  if (request.signal?.aborted === true)
    throw new Problem("CANCELLED", {
      what: "cancelled while looking; nothing was changed",
      on: `environment ${request.environment}`,
      todo: "Run the same command again.",
    });
  const order = new Map(ready.map((place, index) => [place.stack.name, index]));
  found.sort((a, b) => (order.get(a.stack.name) ?? 0) - (order.get(b.stack.name) ?? 0));
  return { environment: request.environment, stacks: found, live, ledger, at: estate.clock.now() };
}

/** When each finding was first seen, from the ledger's open findings; now for a new one. */
export function firstSeen(live: EnvironmentRecord, finding: DriftFinding, now: Date): Date {
  const known: OpenFinding | undefined = live.drift.findings.find((one) => one.stack === finding.stack && one.urn === finding.urn);
  return known === undefined ? now : new Date(known.firstSeen);
}
