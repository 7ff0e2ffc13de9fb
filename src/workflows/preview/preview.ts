import { Problem } from "../../base/problem/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import {
  environmentBranch,
  jobIdentity,
  ledgerOf,
  openForeign,
  readRevisionOrRemoved,
  type Estate,
  type EnvironmentBranch,
  type ForeignEstate,
  type Origin,
  type Revision,
} from "../estate/index.ts";
import { judgeAll, look, previousClosures, type Inspection, type InspectionQuestion, type Verdict } from "../inspection/index.ts";

export interface PreviewRequest {
  readonly environment: string;
  /** A commit or branch of this clone, or of the remote. */
  readonly ref: string;
  readonly all: boolean;
  /** Whose code it is, when nobody has agreed to it yet: it runs apart, with the identity of previews. Left out: the code of whoever asks. */
  readonly origin?: Origin;
  readonly signal?: AbortSignal;
  readonly hardSignal?: AbortSignal;
}

export interface Preview {
  readonly branch: EnvironmentBranch;
  readonly commit: string;
  readonly revision: Revision;
  readonly inspection: Inspection;
  readonly verdict: Verdict;
  readonly live: EnvironmentRecord | undefined;
  /** How it was previewed, where people should know it. */
  readonly notes: readonly string[];
  readonly readsLive: boolean;
  readonly durationMs: number;
  readonly readAt: Date;
}

/** The commit that `ref` names: of the local clone first, so that work can be previewed before it is pushed. */
async function findCommit(estate: Estate, ref: string): Promise<string> {
  try {
    return await estate.repository.fetchLocal(estate.root, ref);
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.code !== "REF_INVALID") throw thrown;
    return estate.repository.resolve(ref);
  }
}

/** Whose rules will judge: those of what is live. A head that nobody applied, or that was refused, is no more law than what is previewed. */
async function judgingCommit(estate: Estate, head: string, live: EnvironmentRecord | undefined): Promise<string> {
  const applied = live?.branch?.head;
  return applied !== undefined && (await estate.repository.isAncestor(applied, head)) ? applied : head;
}

/** In a job that was given an identity, whatever is not on the branch yet is nobody's own code. */
async function originOf(estate: Estate, { origin }: PreviewRequest, at: { readonly commit: string; readonly head: string }): Promise<Origin | undefined> {
  if (origin !== undefined || jobIdentity(estate.machine) === undefined) return origin;
  return (await estate.repository.isAncestor(at.commit, at.head)) ? undefined : "pull-request";
}

/** Where the code is run: with whoever asks where it is their own, else apart. */
async function placeOf(estate: Estate, revision: Revision, at: { readonly origin: Origin | undefined; readonly rulesFrom: string }): Promise<Place> {
  const { origin, rulesFrom } = at;
  if (origin === undefined) return { estate, readsLive: true, notes: [], close: async () => undefined };
  const { name, cloud } = revision.environment;
  return openForeign(estate, { environment: name, origin, rulesFrom, cloud });
}

type Place = Omit<ForeignEstate, "ground"> & Partial<Pick<ForeignEstate, "ground">>;

function signalsOf({ signal, hardSignal }: PreviewRequest): Pick<InspectionQuestion, "signal" | "hardSignal"> {
  return { ...(signal === undefined ? {} : { signal }), ...(hardSignal === undefined ? {} : { hardSignal }) };
}

/**
 * What merging `ref` into the environment's branch would do, computed on the merge result. Writes no state, takes no lock, pushes nothing.
 * Rules (approvals, guards, policies) are those of what is live: a change cannot judge itself; its own policies judge too.
 */
export async function previewEnvironment(estate: Estate, request: PreviewRequest): Promise<Preview> {
  const started = estate.clock.monotonicMs();
  estate.observe({ kind: "step", text: `reading ${request.ref} and the branch of ${request.environment}` });
  await estate.repository.fetch();
  const ledger = await ledgerOf(estate, request.environment);
  const live = (await ledger.read({ fetch: false }))?.environment;
  if (request.origin === undefined) estate.warm(live?.identity?.cloud);
  const branch = await environmentBranch(estate, request.environment, live?.branch?.name);
  const commit = await findCommit(estate, request.ref);
  const merged = await estate.repository.mergeTree(branch.head, commit);
  const [revision, previous] = await Promise.all([
    readRevisionOrRemoved(estate, merged, { name: request.environment, live }),
    previousClosures(estate, live, request.environment),
  ]);
  const readAt = estate.clock.now();
  const rulesFrom = await judgingCommit(estate, branch.head, live);
  const place = await placeOf(estate, revision, { origin: await originOf(estate, request, { commit, head: branch.head }), rulesFrom });
  const { ground, notes } = place;
  const readsLive = revision.environment.preview.refresh !== "never" && place.readsLive;
  const question: InspectionQuestion = {
    revision: ground === undefined ? revision : { ...revision, ground },
    commit,
    live,
    previous,
    touches: [],
    all: request.all,
    readsLive,
    policiesFrom: rulesFrom,
    ...signalsOf(request),
  };
  try {
    const looked = await look(place.estate, question, rulesFrom);
    const { verdict } = await judgeAll(place.estate, { question, looked });
    const durationMs = estate.clock.monotonicMs() - started;
    return { branch, commit, revision, inspection: looked.inspection, verdict, live, notes, readsLive, durationMs, readAt };
  } finally {
    await place.close();
  }
}
