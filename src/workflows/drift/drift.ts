import { asProblem, Problem } from "../../base/problem/index.ts";
import type { EngineOutcome, RunLimits, StackSite } from "../../adapters/engine/index.ts";
import { remember, ruleWarnings, siftDrift, type DriftFinding, type DriftRule, type Memory, type Sifted } from "../../domain/changes/index.ts";
import type { StackDeclaration } from "../../domain/environments/index.ts";
import { vanished } from "../../domain/gates/index.ts";
import { eachOf, prepareSites, readRevision, type Estate, type Revision } from "../estate/index.ts";
import { identityOf, keptNowhere, overdueProblem, revisionAsKept } from "../inspection/index.ts";
import { placesOf, readGround, standingFindings, type Ground, type LivePlace } from "./ground.ts";
import { memoryOf } from "./memory.ts";
import { failureText } from "./failure-text.ts";
import { rulesFor } from "./ignores.ts";
import { stillDrifted, unseenTries } from "./unmended.ts";

export interface DriftRequest {
  readonly environment: string;
  /** Only this stack; undefined: all that are live. */
  readonly stack?: string;
  readonly signal?: AbortSignal;
  readonly hardSignal?: AbortSignal;
}

/** One live stack and what differs from its recorded state. */
export interface StackDrift {
  /** As it was applied, but handled by the rules that are live. */
  readonly stack: StackDeclaration;
  readonly revision: Revision;
  readonly site: StackSite;
  readonly commit: string;
  /** What counts: ignored properties and provider noise are not in it. */
  readonly findings: readonly DriftFinding[];
  readonly noise: readonly DriftFinding[];
  readonly ignored: Sifted["ignored"];
  readonly problem: Problem | undefined;
}

export interface Detection extends Ground {
  readonly stacks: readonly StackDrift[];
  /** About whole stacks: live versions that do not fit, stacks that are declared nowhere. */
  readonly standing: readonly DriftFinding[];
  /** What the ledger would remember after this look: ages, tries, fights. */
  readonly memory: Memory;
  readonly warnings: readonly string[];
  /** On what it was looked, as far as it can be told: cloud, account. */
  readonly identity: Readonly<Record<string, string>>;
  readonly at: Date;
}

const refreshesAtOnce = 3;

/** What a killed run was about to make or take away is not in the state: a look at it would find everything in order. */
async function refuseUnfinished(estate: Estate, { stack, revision, site }: ReadyPlace, environment: string): Promise<void> {
  const { pending } = await (await estate.engine(revision.environment)).exportState(site);
  const [first, ...more] = pending;
  if (first === undefined) return;
  const others = more.length === 0 ? "" : `, and ${more.length} more`;
  throw new Problem("PENDING_OPERATIONS", {
    what: `${first.operation} ${first.urn} has not ended${others}: a run is at work, or died at it`,
    on: `${environment}.${stack.name}`,
    todo: `If no run is at work: trueup recover ${environment} --explain says what becomes of it, and trueup apply ${environment} does it.`,
    retry: { afterMs: 60_000 },
  });
}

/** `revision`: as the commit has it, with the state where it is now. `refused`: nobody knows how to come to that, and the site leads elsewhere. */
type ReadyPlace = LivePlace & { readonly revision: Revision; readonly site: StackSite; readonly refused?: Problem };

interface Looked {
  readonly place: ReadyPlace;
  readonly rules: readonly DriftRule[];
  /** What earlier looks and repairs left. */
  readonly memory: Memory;
}

function limitsOf({ signal, hardSignal }: DriftRequest): Pick<RunLimits, "signal" | "hardSignal"> {
  return { ...(signal === undefined ? {} : { signal }), ...(hardSignal === undefined ? {} : { hardSignal }) };
}

/** Why a run of the engine that only looks says nothing. */
function lookFailure(outcome: EngineOutcome, { environment }: DriftRequest, stack: string): Problem | undefined {
  const on = `${environment}.${stack}`;
  const overdue = overdueProblem(outcome, { stack, on, kind: "drift" });
  if (overdue !== undefined || outcome.result === "succeeded") return overdue;
  const todo = "See that its cloud can be reached with this environment's credentials, and run again.";
  return new Problem("ENGINE_FAILED", { what: failureText(outcome, "the refresh"), on, todo });
}

/** What is not as git says although its state is as the cloud: repairs that the cloud refused leave that. */
async function unmended(estate: Estate, request: DriftRequest, { looked, seen }: { readonly looked: Looked; readonly seen: readonly DriftFinding[] }) {
  const { stack, revision, site } = looked.place;
  const tries = unseenTries(looked.memory, stack.name, seen);
  if (tries.length === 0) return [];
  const engine = await estate.engine(revision.environment);
  const outcome = await engine.preview(site, { live: true, deadlineMs: estate.deadlines.driftMs, ...limitsOf(request) });
  const failure = lookFailure(outcome, request, stack.name);
  if (failure !== undefined) throw failure;
  return stillDrifted(tries, outcome.changes.resources);
}

async function look(estate: Estate, request: DriftRequest, looked: Looked): Promise<StackDrift> {
  const { place, rules } = looked;
  const { stack, revision, site, commit } = place;
  const blank = { stack, revision, site, commit, findings: [], noise: [], ignored: [] };
  estate.observe({ kind: "stack", stack: stack.name, state: "refreshing" });
  try {
    if (place.refused !== undefined) throw place.refused;
    const outcome = await (
      await estate.engine(revision.environment)
    ).refresh(site, {
      previewOnly: true,
      deadlineMs: estate.deadlines.driftMs,
      ...limitsOf(request),
    });
    const failure = lookFailure(outcome, request, stack.name);
    if (failure !== undefined) throw failure;
    await refuseUnfinished(estate, place, request.environment);
    const left = await unmended(estate, request, { looked, seen: outcome.drift });
    const { kept, ignored } = siftDrift([...outcome.drift, ...left], rules, estate.clock.now());
    const findings = kept.filter((finding) => finding.kind !== "output-only");
    estate.observe({ kind: "stack", stack: stack.name, state: "previewed", detail: findings.length === 0 ? "true to git" : `${findings.length} drifted` });
    return { ...blank, findings, noise: kept.filter((finding) => finding.kind === "output-only"), ignored, problem: undefined };
  } catch (thrown) {
    estate.observe({ kind: "stack", stack: stack.name, state: "failed" });
    return { ...blank, problem: asProblem(thrown, `${request.environment}.${stack.name}`) };
  }
}

interface Kept {
  readonly place: LivePlace;
  readonly at: Revision;
  readonly refused?: Problem;
}

/** With its state where the ledger says that it is now. */
async function keptNow(estate: Estate, { environment, live }: Ground, { place, at }: Kept): Promise<Kept> {
  const { name: stack } = place.stack;
  const now = await revisionAsKept(estate, at, { stack, live });
  return now === undefined ? { place, at, refused: keptNowhere(live, { environment, stack }) } : { place, at: now };
}

async function prepared(estate: Estate, ground: Ground, places: readonly LivePlace[]): Promise<readonly ReadyPlace[]> {
  const kept: Kept[] = [];
  for (const [commit, here] of Map.groupBy(places, (place) => place.commit)) {
    const at = await readRevision(estate, commit, ground.environment);
    for (const place of here) kept.push(await keptNow(estate, ground, { place, at }));
  }
  const ready: ReadyPlace[] = [];
  for (const [revision, some] of Map.groupBy(kept, ({ at }) => at)) {
    const sites = await prepareSites(
      estate,
      revision,
      some.map(({ place }) => place.stack),
    );
    for (const { place, refused } of some)
      ready.push({ ...place, revision, site: await sites.site(place.stack), ...(refused === undefined ? {} : { refused }) });
  }
  return ready;
}

/** Asked before anything is read: under other credentials everything would seem gone. */
async function identityNow({ live, environment }: Ground, ready: readonly ReadyPlace[]): Promise<Readonly<Record<string, string>>> {
  const [first] = ready;
  if (first === undefined) return {};
  const now = await identityOf(first.revision.environment, first.site.variables);
  const recorded = live.identity?.account ?? undefined;
  if (recorded === undefined || now["account"] === undefined || now["account"] === recorded) return now;
  throw new Problem("IDENTITY_CHANGED", {
    what: `account is ${now["account"]}, but ${environment} was always applied to ${recorded}`,
    on: `environment ${environment}`,
    todo: "Nothing was read. Check the credentials of this machine.",
  });
}

/** Rules that hide nothing, and so much being gone that the look itself is in doubt. */
function warningsOf(ground: Ground, found: readonly StackDrift[], now: Date): readonly string[] {
  const rules = ground.places.map(({ stack }) => {
    const seen = found.find((one) => one.stack.name === stack.name);
    return { rules: rulesFor(ground, stack), used: seen?.ignored.map(({ rule }) => rule) ?? [], wasRead: seen?.problem === undefined && seen !== undefined };
  });
  const doubts = found.flatMap(({ stack, findings }) => {
    const lost = vanished(findings.filter(({ kind }) => kind === "gone").length, ground.live.stacks[stack.name]?.resources ?? 0, ground.environment);
    return lost === undefined ? [] : [`${stack.name}: ${lost.reason}. ${lost.todo}`];
  });
  return [...doubts, ...ruleWarnings(rules, now)];
}

/** The findings of these stacks, whole stacks' own among them. */
export function findingsOf({ stacks, standing }: Pick<Detection, "stacks" | "standing">, names: readonly string[]): readonly DriftFinding[] {
  return [...stacks.flatMap((one) => one.findings), ...standing].filter(({ stack }) => names.includes(stack));
}

/** The stacks of which is known how they are. */
export function readStacks({ stacks }: Pick<Detection, "stacks">): readonly string[] {
  return stacks.filter(({ problem }) => problem === undefined).map(({ stack }) => stack.name);
}

/**
 * Compares what is live with what was recorded, property by property, at each stack's live commit. Writes nothing, takes no lock. `among`: the
 * stacks to look at, of a ground that was read before.
 */
export async function detectDrift(
  estate: Estate,
  request: DriftRequest,
  among?: { readonly ground: Ground; readonly stacks: readonly string[] },
): Promise<Detection> {
  const ground = among?.ground ?? (await readGround(estate, request.environment));
  const places = placesOf(ground, among?.stacks ?? (request.stack === undefined ? undefined : [request.stack]));
  const ready = await prepared(estate, ground, places);
  const identity = await identityNow(ground, ready);
  const found: StackDrift[] = [];
  await eachOf(ready, { atOnce: refreshesAtOnce, stop: () => request.signal?.aborted === true }, async (place) => {
    found.push(await look(estate, request, { place, rules: rulesFor(ground, place.stack), memory: memoryOf(ground.live) }));
  });
  if (request.signal?.aborted === true)
    throw new Problem("CANCELLED", {
      what: "cancelled while looking; nothing was changed",
      on: `environment ${request.environment}`,
      todo: "Run the same command again.",
    });
  const order = new Map(places.map((place, index) => [place.stack.name, index]));
  found.sort((a, b) => (order.get(a.stack.name) ?? 0) - (order.get(b.stack.name) ?? 0));
  const at = estate.clock.now();
  const names = readStacks({ stacks: found });
  const standing = standingFindings(
    ground,
    places.map(({ stack }) => stack.name),
  );
  const memory = remember(memoryOf(ground.live), { stacks: names, findings: findingsOf({ stacks: found, standing }, names) }, at);
  return { ...ground, stacks: found, standing, memory, warnings: warningsOf(ground, found, at), identity, at };
}
