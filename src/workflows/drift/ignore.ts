import { Problem } from "../../base/problem/index.ts";
import { findingId, remember, siftDrift, type DriftFinding } from "../../domain/changes/index.ts";
import { actorOf, ledgerOf, refuseActing, type Estate } from "../estate/index.ts";
import type { EnvironmentRecord, KeptIgnore, Ledger } from "../ledger/index.ts";
import { detectDrift, findingsOf, type Detection, type DriftRequest } from "./drift.ts";
import { ignoresOf, meantIgnores, mostIgnores, rulesFor, withMoreIgnores, withoutIgnores, type IgnoreMeant } from "./ignores.ts";
import { meantFindings, meantPaths, readStack, type Decided } from "./meant.ts";
import { memoryOf, withMemory } from "./memory.ts";

export interface IgnoreAsked extends Decided {
  readonly reason: string;
  /** Login, where it was said on the forge; else who runs this. */
  readonly by?: string;
}

/** Longer than anybody remembers an exception; what is to hold for good is a rule of environment.ts, which others review. */
const longestMs = 90 * 24 * 3_600_000;

function refuseEnd(until: Date, now: Date, on: string): void {
  const aheadMs = until.getTime() - now.getTime();
  if (aheadMs > 0 && aheadMs <= longestMs) return;
  throw new Problem("USAGE", {
    what: aheadMs <= 0 ? `${until.toISOString()} is over already` : `${until.toISOString()} is more than 90 days away`,
    on,
    todo: "Name an end ahead, at most 90 days: what is to be ignored for good is a rule for drift.ignore in environment.ts. Nothing was changed.",
  });
}

function refuseDelete(finding: DriftFinding, { environment, stack }: IgnoreAsked): void {
  if (finding.kind !== "gone") return;
  throw new Problem("USAGE", {
    what: `${finding.type} ${finding.name} is gone, and a rule never hides a delete`,
    on: `${environment}.${stack}`,
    todo: `Put it back: trueup drift ${environment} --stack ${stack} --fix; or remove it from the program. Nothing was changed.`,
  });
}

function refuseMany(record: EnvironmentRecord, { environment }: IgnoreAsked): void {
  if (ignoresOf(record).length <= mostIgnores) return;
  throw new Problem("USAGE", {
    what: `${environment} would have more than ${mostIgnores} ignore rules in its ledger`,
    on: `environment ${environment}`,
    todo: "Write what is to be ignored for good into drift.ignore of environment.ts, and take others away: trueup drift unignore. Nothing was changed.",
  });
}

function entriesOf(
  estate: Estate,
  asked: IgnoreAsked,
  { found, until }: { readonly found: readonly DriftFinding[]; readonly until: Date },
): readonly KeptIgnore[] {
  const { stack, reason, by = actorOf(estate.machine) } = asked;
  const since = estate.clock.now().toISOString();
  return found.flatMap((finding) =>
    meantPaths(finding, asked).map(({ path }): KeptIgnore => {
      const { urn, type, name } = finding;
      return { id: `ignore-${estate.host.random(6)}`, stack, urn, type, name, path, reason, by, since, until: until.toISOString() };
    }),
  );
}

const amount = (count: number): string => `${count} ${count === 1 ? "path" : "paths"}`;

function sentenceOf(environment: string, entries: readonly KeptIgnore[], verb: string): string {
  const [first] = entries;
  if (first === undefined) return `${environment}: ${verb} nothing`;
  const what = entries.length === 1 ? first.path : amount(entries.length);
  return `${environment}: ${verb} ${what} of ${first.name} in ${first.stack}`;
}

/** What the record remembers once these are hidden: they are open no longer, at once and not only at the next look. */
function memoryWithout(detection: Detection, current: EnvironmentRecord, stack: string): EnvironmentRecord {
  const drift = detection.stacks.find((one) => one.stack.name === stack);
  const isMoved = detection.live.stacks[stack]?.stateDigest !== current.stacks[stack]?.stateDigest;
  if (drift === undefined || isMoved) return current;
  const { kept } = siftDrift(findingsOf(detection, [stack]), rulesFor({ live: current }, drift.stack), detection.at);
  return withMemory(current, remember(memoryOf(current), { stacks: [stack], findings: kept }, detection.at), { at: detection.at, checked: [] });
}

export interface Ignored {
  readonly rules: readonly KeptIgnore[];
}

/**
 * Says of what drifts now that it is not ours, until a time: rules with author, reason and end, in one commit of the ledger. Looks first, so that no
 * rule is written that hides nothing. Raises USAGE, STACK_UNKNOWN, and what a look raises: then nothing was changed.
 */
export async function ignoreDrift(
  estate: Estate,
  asked: IgnoreAsked,
  { until, ...limits }: { readonly until: Date } & Pick<DriftRequest, "signal" | "hardSignal">,
): Promise<Ignored> {
  const { environment, stack } = asked;
  refuseEnd(until, estate.clock.now(), `trueup drift ignore ${environment}`);
  refuseActing(estate.machine, environment);
  const detection = await detectDrift(estate, { environment, stack, ...limits });
  const found = meantFindings(readStack(detection, asked), asked);
  for (const finding of found) refuseDelete(finding, asked);
  const rules = entriesOf(estate, asked, { found, until });
  await detection.ledger.record((current) => {
    const next = withMoreIgnores(current, rules);
    refuseMany(next, asked);
    return {
      next: memoryWithout(detection, next, stack),
      sentence: `${sentenceOf(environment, rules, `${rules[0]?.by ?? "somebody"} ignores`)} until ${until.toISOString().slice(0, 16)}Z: ${asked.reason}`,
      trailers: { Kind: "ignore", By: rules[0]?.by ?? "", Stacks: stack, Findings: [...new Set(found.map(findingId))].join(" "), Until: until.toISOString() },
    };
  });
  return { rules };
}

export interface UnignoreAsked extends IgnoreMeant {
  readonly environment: string;
  readonly reason: string;
}

async function opened(estate: Estate, environment: string): Promise<Ledger> {
  refuseActing(estate.machine, environment);
  await estate.repository.fetch();
  return ledgerOf(estate, environment);
}

/** Takes such rules away again, also those that are over. Raises USAGE where there is none. */
export async function unignoreDrift(estate: Estate, asked: UnignoreAsked): Promise<Ignored> {
  const { environment, stack, reason } = asked;
  const ledger = await opened(estate, environment);
  const by = actorOf(estate.machine);
  let rules: readonly KeptIgnore[] = [];
  const done = await ledger.record((current) => {
    rules = meantIgnores(current, asked);
    if (rules.length === 0) return undefined;
    return {
      next: withoutIgnores(current, rules),
      sentence: `${sentenceOf(environment, rules, `${by} no longer ignores`)}: ${reason}`,
      trailers: { Kind: "unignore", By: by, Stacks: stack },
    };
  });
  if (done !== undefined) return { rules };
  throw new Problem("USAGE", {
    what: `no ignore rule of the ledger is about that in ${stack}`,
    on: `${environment}.${stack}`,
    todo: `Rules of environment.ts are taken away there. See what is ignored: trueup drift ${environment} --stack ${stack}. Nothing was changed.`,
  });
}
