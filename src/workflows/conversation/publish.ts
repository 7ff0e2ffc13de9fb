import { asProblem, Problem } from "../../base/problem/index.ts";
import type { Secret } from "../../base/secret/index.ts";
import type { Forge, PullRequest } from "../../adapters/forges/index.ts";
import { previewCheck } from "../../domain/conversation/index.ts";
import { countOf } from "../../domain/reports/index.ts";
import { combinedFingerprint, sealPreviews, sealSeparator, unsealPreviews, type Previewed } from "../../domain/gates/index.ts";
import { commentLimits, markerLine, payloadOf, previewComment, type PreviewReport } from "../../domain/reports/index.ts";
import { openPassphrase, readRevision, type Estate } from "../estate/index.ts";
import { previewEnvironment, previewReport, type Preview } from "../preview/index.ts";
import { checkOf } from "./check.ts";
import { bringHead, environmentsOn } from "./environments.ts";
import { failedReport } from "./failed.ts";

export interface PublishRequest {
  readonly number: number;
  readonly all: boolean;
  /** Where the job that does this can be watched. */
  readonly url?: string;
  readonly signal?: AbortSignal;
  readonly hardSignal?: AbortSignal;
}

export interface Published {
  readonly pullRequest: PullRequest;
  readonly reports: readonly PreviewReport[];
  /** Address of the comment; undefined when the forge did not take it: `problem` says why. */
  readonly comment: string | undefined;
  /** The first that failed or would be refused as it is. What only waits, for an approval or a window, is no failure of a pull request. */
  readonly problem: Problem | undefined;
}

/** First line of the one comment per pull request. */
export const previewMarker = "preview";
/** Hidden data of all environments together, in UTF-16 units: what the comment allows, less the frame. */
const sealUnits = 11_500;

interface Looked {
  readonly report: PreviewReport;
  readonly problem: Problem | undefined;
  readonly preview: Preview | undefined;
  /** What the preview is sealed with; undefined where nothing of it can be approved. */
  readonly key: Secret | undefined;
}

/** Where no stack changes, no site has the key. It is that of what is live then: a change does not say where a key comes from, and a fork gets none. */
async function keyOf(estate: Estate, { inspection, revision, live, branch }: Preview, pullRequest: PullRequest): Promise<Secret | undefined> {
  const [first] = inspection.stacks.values();
  if (first !== undefined || pullRequest.fork) return first?.site.passphrase;
  try {
    const { environment } = await readRevision(estate, live?.branch?.head ?? branch.head, revision.environment.name);
    return await openPassphrase(environment, estate.machine, estate.root);
  } catch (thrown) {
    // Nothing is there yet, or this job has no passphrase.
    if (thrown instanceof Problem) return undefined;
    throw thrown;
  }
}

async function look(estate: Estate, request: PublishRequest, at: { readonly environment: string; readonly pullRequest: PullRequest }): Promise<Looked> {
  const { environment, pullRequest } = at;
  const { commit } = pullRequest.head;
  try {
    const preview = await previewEnvironment(estate, {
      environment,
      ref: commit,
      all: request.all,
      origin: pullRequest.fork ? "fork" : "pull-request",
      ...(request.signal === undefined ? {} : { signal: request.signal }),
      ...(request.hardSignal === undefined ? {} : { hardSignal: request.hardSignal }),
    });
    const key = await keyOf(estate, preview, pullRequest);
    return { report: previewReport(preview, estate.clock.now()), problem: preview.verdict.problem, preview, key };
  } catch (thrown) {
    const problem = asProblem(thrown, `environment ${environment}`);
    if (problem.code === "CANCELLED") throw problem;
    const base = (await estate.repository.branch(pullRequest.base)) ?? "";
    return { report: failedReport(problem, { environment, branch: pullRequest.base, base, commit }), problem, preview: undefined, key: undefined };
  }
}

function previewedOf(preview: Preview, key: Secret): Previewed {
  const { verdict, commit, branch, revision, inspection, readAt } = preview;
  // That no stack changes can be approved too: rules change by such a change.
  const print = verdict.fingerprint ?? (inspection.stacks.size === 0 ? combinedFingerprint([], key) : undefined);
  const counts = countOf([...inspection.stacks.values()].flatMap((one) => one.outcome?.changes.resources ?? []));
  return {
    format: 1,
    environment: revision.environment.name,
    commit,
    base: branch.head,
    at: readAt.toISOString(),
    ...(print === undefined ? {} : { fingerprint: print }),
    stacks: verdict.fingerprints,
    counts,
    prints: verdict.prints,
  };
}

/** Previews that the comment carries, if it was us who sealed them. */
function sealedBefore(body: string | undefined, looked: Looked): readonly Previewed[] {
  const payload = body === undefined ? undefined : payloadOf(body);
  const { key } = looked;
  if (payload === undefined || key === undefined) return [];
  const found = unsealPreviews(payload, looked.report.environment, key);
  return found.kind === "previews" ? found.previews : [];
}

function earlier(body: string | undefined, looked: Looked): readonly Previewed[] {
  return sealedBefore(body, looked).filter((one) => one.commit !== looked.report.commit);
}

/** What was shown before and is shown again was shown since then: who answers to it has seen it. */
function shownSince(now: Previewed, before: readonly Previewed[]): Previewed {
  const same = before.find((one) => one.commit === now.commit && one.fingerprint === now.fingerprint);
  return same === undefined ? now : { ...now, at: same.at };
}

/** What stays of an environment that this time was not looked at, or could not be: its sealed part as it was. */
function keptSeal(body: string | undefined, environment: string): string {
  const payload = body === undefined ? undefined : payloadOf(body);
  return payload?.split(sealSeparator).find((part) => part.startsWith(`${environment}/`)) ?? "";
}

function sealOf(looked: Looked, body: string | undefined, units: number): string {
  const { key } = looked;
  if (looked.preview === undefined || key === undefined) return keptSeal(body, looked.report.environment);
  return sealPreviews([shownSince(previewedOf(looked.preview, key), sealedBefore(body, looked)), ...earlier(body, looked)], key, units);
}

function withPrevious(looked: Looked, body: string | undefined): PreviewReport {
  const [previous] = earlier(body, looked);
  if (previous === undefined) return looked.report;
  const counts = { ...countOf([]), ...previous.counts };
  return { ...looked.report, previous: { commit: previous.commit, counts } };
}

interface Draft {
  readonly text: string;
  /** Address of the comment that it is to replace. */
  readonly url: string | undefined;
}

/** The one comment, as it is to be: what an earlier run sealed into it is read first, so that approvals of earlier heads stay known. */
async function draft(forge: Forge, pullRequest: PullRequest, looked: readonly Looked[]): Promise<Draft> {
  const marker = markerLine(previewMarker);
  const before = (await forge.comments(pullRequest.number)).find((one) => one.ours && one.body.startsWith(marker));
  const body = before?.body;
  const units = Math.floor(sealUnits / Math.max(1, looked.length));
  const payload = looked
    .map((one) => sealOf(one, body, units))
    .filter((part) => part !== "")
    .join(sealSeparator);
  const reports = looked.map((one) => withPrevious(one, body));
  const text = previewComment({ marker: previewMarker, reports, ...(payload === "" ? {} : { payload }) }, commentLimits[forge.capabilities.limits]);
  return { text, url: before?.url };
}

/**
 * The token of a fork's job may only read. Its preview is made all the same, for the job's own page; nobody is told on the pull request. Of any
 * other pull request a right that is missing is a mistake, and is said.
 */
async function tellFrom<Told>(pullRequest: PullRequest, tell: () => Promise<Told>): Promise<Told | undefined> {
  try {
    return await tell();
  } catch (thrown) {
    if (pullRequest.fork && thrown instanceof Problem && thrown.code === "FORGE_REFUSED") return undefined;
    throw thrown;
  }
}

async function markRunning(forge: Forge, commit: string, at: { readonly environments: readonly string[]; readonly url: string | undefined }): Promise<void> {
  for (const environment of at.environments) {
    await forge.setStatus(commit, {
      name: previewCheck(environment),
      state: "running",
      title: "looking at what it would change",
      ...(at.url === undefined ? {} : { url: at.url }),
    });
  }
}

/** A newer head makes what was seen an answer to a question that nobody asks any more: it is said, and the newer head's own run tells the rest. */
function superseded(looked: Looked, by: string): Looked {
  return { ...looked, report: { ...looked.report, state: { kind: "superseded", by } }, preview: undefined };
}

const isFailure = (problem: Problem | undefined): boolean => problem !== undefined && problem.code !== "HELD";

/**
 * Previews a pull request into every environment that lives on its base branch, and tells it: one comment, edited in place, and one check per
 * environment. A preview that fails is told too. Writes no state and no ref.
 */
export async function publishPreviews(estate: Estate, forge: Forge, request: PublishRequest): Promise<Published> {
  const pullRequest = await forge.pullRequest(request.number);
  await estate.repository.fetch();
  const head = await bringHead(estate, forge, pullRequest);
  // Always all of them: the comment is one, and a part that was not looked at now would be lost with what it had sealed.
  const environments = await environmentsOn(estate, pullRequest.base, head);
  await tellFrom(pullRequest, () => markRunning(forge, head, { environments, url: request.url }));
  const looked: Looked[] = [];
  for (const environment of environments) looked.push(await look(estate, request, { environment, pullRequest }));
  const now = await forge.pullRequest(request.number);
  const isOld = now.head.commit !== head;
  const told = isOld ? looked.map((one) => superseded(one, now.head.commit)) : looked;
  // The newer head's comment must not be overwritten by what was seen of the older one.
  const text = isOld || environments.length === 0 ? undefined : await tellFrom(pullRequest, () => draft(forge, pullRequest, told));
  // The comment is last: it is the sign that a head was previewed. Who comes after one that died before it does all of this again.
  await tellFrom(pullRequest, async () => {
    for (const { report } of told) await forge.setStatus(head, checkOf(report, text?.url ?? request.url ?? pullRequest.url));
  });
  const saved = text === undefined ? undefined : await tellFrom(pullRequest, () => forge.saveComment(request.number, markerLine(previewMarker), text.text));
  const url = saved?.url;
  return { pullRequest, reports: told.map((one) => one.report), comment: url, problem: told.find((one) => isFailure(one.problem))?.problem };
}
