import { asProblem, Problem } from "../../base/problem/index.ts";
import type { Secret } from "../../base/secret/index.ts";
import type { Comment, Forge, PullRequest } from "../../adapters/forges/index.ts";
import { previewCheck } from "../../domain/conversation/index.ts";
import { countOf } from "../../domain/reports/index.ts";
import { combinedFingerprint, lastOfEach, sealPreviews, sealSeparator, type Previewed } from "../../domain/gates/index.ts";
import { commentLimits, markerLine, payloadOf, previewComment, type PreviewReport } from "../../domain/reports/index.ts";
import { openPassphrase, readRevision, type Estate } from "../estate/index.ts";
import { previewEnvironment, previewReport, type Preview } from "../preview/index.ts";
import { checkOf } from "./check.ts";
import { bringHead, previewableOn, type Previewable } from "./environments.ts";
import { failedReport } from "./failed.ts";
import { previewMarker } from "./preview-marker.ts";
import { sealedIn } from "./sealed.ts";

export interface PublishRequest {
  readonly number: number;
  readonly all: boolean;
  /** Environments that whoever asks looks after: what of the base branch is not among them, others preview and tell. Left out: all. */
  readonly only?: readonly string[];
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

/** What the pull request carries when its comment is written again. */
interface Before {
  readonly number: number;
  readonly comments: readonly Comment[];
  /** The comment that is to be replaced: ours. */
  readonly own: Comment | undefined;
  readonly now: Date;
}

function previewedOf(preview: Preview, key: Secret): Omit<Previewed, "sealedAt"> {
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

/** Previews that the pull request carries, whichever login posted them: of each commit the last, the newest first. */
function sealedBefore({ comments, number }: Before, { key, report }: Looked): readonly Previewed[] {
  return key === undefined ? [] : lastOfEach(sealedIn(comments, report.environment, { pullRequest: number, key }));
}

/**
 * As it is sealed now. What was shown before and is shown again was shown since then: who answers to it has seen it. And it is the last word, also
 * where the clock of who sealed the one before was ahead of ours.
 */
function sealedNow(shown: Omit<Previewed, "sealedAt">, before: readonly Previewed[], now: Date): Previewed {
  const same = before.find((one) => one.commit === shown.commit && one.fingerprint === shown.fingerprint);
  const last = Math.max(...before.map(({ sealedAt }) => Date.parse(sealedAt)));
  const sealedAt = new Date(Math.max(now.getTime(), last + 1)).toISOString();
  return { ...shown, sealedAt, ...(same === undefined ? {} : { at: same.at }) };
}

/** What stays of an environment that this time was not looked at, or could not be: its sealed part as it was. */
function keptSeal(body: string | undefined, environment: string): string {
  const payload = body === undefined ? undefined : payloadOf(body);
  return payload?.split(sealSeparator).find((part) => part.startsWith(`${environment}/`)) ?? "";
}

function sealOf(looked: Looked, before: Before, units: number): string {
  const { key, preview, report } = looked;
  if (preview === undefined || key === undefined) return keptSeal(before.own?.body, report.environment);
  const known = sealedBefore(before, looked);
  const earlier = known.filter((one) => one.commit !== report.commit);
  return sealPreviews([sealedNow(previewedOf(preview, key), known, before.now), ...earlier], { pullRequest: before.number, key }, units);
}

function withPrevious(looked: Looked, before: Before): PreviewReport {
  const previous = sealedBefore(before, looked).find((one) => one.commit !== looked.report.commit);
  if (previous === undefined) return looked.report;
  const counts = { ...countOf([]), ...previous.counts };
  return { ...looked.report, previous: { commit: previous.commit, counts } };
}

interface Draft {
  readonly marker: string;
  readonly text: string;
  /** Address of the comment that it is to replace. */
  readonly url: string | undefined;
}

interface Told {
  readonly looked: readonly Looked[];
  readonly at: Previewable;
  readonly now: Date;
}

/** The comment of this login, as it is to be: what earlier runs sealed is read first, so that approvals of earlier heads stay known. */
async function draft(forge: Forge, number: number, { looked, at, now }: Told): Promise<Draft> {
  const name = previewMarker(at.own);
  const marker = markerLine(name);
  const comments = await forge.comments(number);
  const own = comments.find((one) => one.ours && one.body.startsWith(marker));
  const before: Before = { number, comments, own, now };
  const units = Math.floor(sealUnits / Math.max(1, looked.length));
  const payload = looked
    .map((one) => sealOf(one, before, units))
    .filter((part) => part !== "")
    .join(sealSeparator);
  const reports = looked.map((one) => withPrevious(one, before));
  const input = { marker: name, reports, elsewhere: at.elsewhere, ...(payload === "" ? {} : { payload }) };
  return { marker, text: previewComment(input, commentLimits[forge.capabilities.limits]), url: own?.url };
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
 * Previews a pull request into every environment that lives on its base branch, or into those of them that are `only`'s, and tells it: one comment of this
 * login, edited in place, and one check per environment. Where others preview the rest of the branch, each has a comment of its own: nothing would keep two
 * writers of one from losing what the other had sealed into it. A preview that fails is told too. Writes no state and no ref.
 */
export async function publishPreviews(estate: Estate, forge: Forge, request: PublishRequest): Promise<Published> {
  const pullRequest = await forge.pullRequest(request.number);
  await estate.repository.fetch();
  const head = await bringHead(estate, forge, pullRequest);
  // Always all of ours: the comment is one, and a part that was not looked at now would be lost with what it had sealed.
  const at = await previewableOn(estate, pullRequest.base, { head, only: request.only });
  const { environments } = at;
  await tellFrom(pullRequest, () => markRunning(forge, head, { environments, url: request.url }));
  const looked: Looked[] = [];
  for (const environment of environments) looked.push(await look(estate, request, { environment, pullRequest }));
  const now = await forge.pullRequest(request.number);
  const isOld = now.head.commit !== head;
  const told = isOld ? looked.map((one) => superseded(one, now.head.commit)) : looked;
  // The newer head's comment must not be overwritten by what was seen of the older one.
  const text =
    isOld || environments.length === 0
      ? undefined
      : await tellFrom(pullRequest, () => draft(forge, request.number, { looked: told, at, now: estate.clock.now() }));
  // The comment is last: it is the sign that a head was previewed. Who comes after one that died before it does all of this again.
  await tellFrom(pullRequest, async () => {
    for (const { report } of told) await forge.setStatus(head, checkOf(report, text?.url ?? request.url ?? pullRequest.url));
  });
  const saved = text === undefined ? undefined : await tellFrom(pullRequest, () => forge.saveComment(request.number, text.marker, text.text));
  const url = saved?.url;
  return { pullRequest, reports: told.map((one) => one.report), comment: url, problem: told.find((one) => isFailure(one.problem))?.problem };
}
