import { asProblem, type Problem } from "../../base/problem/index.ts";
import type { Forge, PullRequest } from "../../adapters/forges/index.ts";
import { applyAndTell, answerComment, commandActions, previewSightings, publishPreviews } from "../conversation/index.ts";
import { sweepDrift } from "../drift/index.ts";
import { environmentBranch, ledgerOf, type Estate } from "../estate/index.ts";
import type { EnvironmentRecord, Ledger } from "../ledger/index.ts";
import { nextTry, type Attempt } from "./patience.ts";

/** What one agent looks after. Everything it must not forget is in the ledger and on the forge; this can be lost at any moment. */
export interface Watch {
  readonly environments: readonly string[];
  /** Left out: nobody is asked and nobody is told; branches are applied all the same. */
  readonly forge: Forge | undefined;
  readonly signal: AbortSignal;
  readonly hardSignal: AbortSignal;
  /** Heads of pull requests that this process has previewed or seen previewed. */
  readonly seen: Map<number, string>;
  /** Comments that this process has read. */
  readonly read: Set<string>;
}

export interface Done {
  readonly what: "apply" | "preview" | "comment" | "drift";
  /** "dev", "#7", "#7 comment 12". */
  readonly on: string;
  readonly problem: Problem | undefined;
}

type Tell = (done: Done) => void;

/** "nothing": there was nothing to do, and nobody needs to hear that. */
type Ended = Problem | "done" | "nothing";

/** One thing that goes wrong must not keep the others from their turn: it is told, and comes again in the next pass. */
async function attempt(what: Done["what"], on: string, { work, tell }: { readonly work: () => Promise<Ended>; readonly tell: Tell }): Promise<void> {
  try {
    const ended = await work();
    if (ended !== "nothing") tell({ what, on, problem: ended === "done" ? undefined : ended });
  } catch (thrown) {
    tell({ what, on, problem: asProblem(thrown, on) });
  }
}

/** How the applies of a head went, newest first, as the ledger has them. */
async function attemptsAt(ledger: Ledger, head: string): Promise<readonly Attempt[]> {
  const entries = await ledger.log(40);
  return entries
    .filter(({ trailers }) => trailers["Kind"] === "apply" && trailers["Commit"] === head && trailers["Result"] !== "applying")
    .map(({ at, trailers }) => ({ at: new Date(at), result: trailers["Result"] ?? "" }));
}

const isApproval = (sentence: string): boolean => /: @\S+ (approves|says \/trueup (apply|retry))/.test(sentence);

/** Whether what is live is another commit than the branch's, or something that was begun did not end well. */
function isSettled(live: EnvironmentRecord | undefined, head: string): boolean {
  const isUnsettled = Object.values(live?.stacks ?? {}).some(({ result }) => result === "applying" || result === "failed");
  return live?.branch?.head === head && !isUnsettled;
}

/** Whether the branch has something that is not live, and its turn has come. */
async function wantsApply(estate: Estate, environment: string): Promise<boolean> {
  const ledger = await ledgerOf(estate, environment);
  const live = (await ledger.read({ fetch: false }))?.environment;
  const branch = await environmentBranch(estate, environment, live?.branch?.name);
  if (isSettled(live, branch.head)) return false;
  const [newest] = await ledger.log(1);
  // What somebody says about it is a reason to look again at once.
  if (newest !== undefined && isApproval(newest.sentence)) return true;
  const at = nextTry(await attemptsAt(ledger, branch.head));
  return at === undefined || at.getTime() <= estate.clock.now().getTime();
}

async function applies(estate: Estate, { environments, forge, signal, hardSignal }: Watch, tell: Tell): Promise<void> {
  for (const environment of environments) {
    if (signal.aborted) return;
    await attempt("apply", environment, {
      tell,
      work: async () => {
        if (!(await wantsApply(estate, environment))) return "nothing";
        return (await applyAndTell(estate, forge, { environment, all: false, signal, hardSignal })).result.problem ?? "done";
      },
    });
  }
}

/** Open pull requests into branches of these environments. */
async function openOnes(estate: Estate, watch: Watch, forge: Forge): Promise<readonly PullRequest[]> {
  const branches = new Set<string>();
  for (const environment of watch.environments) {
    const live = (await (await ledgerOf(estate, environment)).read({ fetch: false }))?.environment;
    branches.add((await environmentBranch(estate, environment, live?.branch?.name)).name);
  }
  const found: PullRequest[] = [];
  for (const base of branches) found.push(...(await forge.pullRequests({ base, state: "open" })));
  return found;
}

/** A fork's code runs only when somebody who may write asks for it by a comment. */
async function previews(
  estate: Estate,
  watch: Watch,
  at: { readonly forge: Forge; readonly open: readonly PullRequest[]; readonly tell: Tell },
): Promise<void> {
  const { forge, open, tell } = at;
  for (const pullRequest of open) {
    const { number, head, fork } = pullRequest;
    if (watch.signal.aborted) return;
    if (fork || watch.seen.get(number) === head.commit) continue;
    const isShown = (await previewSightings(estate, forge, pullRequest)).some(({ commit }) => commit === head.commit);
    watch.seen.set(number, head.commit);
    if (isShown) continue;
    const { signal, hardSignal } = watch;
    await attempt("preview", `#${number}`, {
      tell,
      work: async () => (await publishPreviews(estate, forge, { number, all: false, signal, hardSignal })).problem ?? "done",
    });
  }
}

/** Comments older than this were either answered or are nobody's business any more. Milliseconds. */
const commentAgeMs = 24 * 3_600_000;

async function comments(
  estate: Estate,
  watch: Watch,
  at: { readonly forge: Forge; readonly open: readonly PullRequest[]; readonly tell: Tell },
): Promise<void> {
  const { forge, tell } = at;
  const since = new Date(estate.clock.now().getTime() - commentAgeMs).toISOString();
  const merged = (await forge.pullRequests({ state: "merged" })).filter(({ updatedAt }) => updatedAt >= since);
  for (const { number } of [...at.open, ...merged]) {
    const fresh = (await forge.comments(number, since)).filter(
      ({ id, ours, bot, body }) => !ours && !bot && body.includes("/trueup") && !watch.read.has(`${number}/${id}`),
    );
    for (const { id } of fresh) {
      if (watch.signal.aborted) return;
      const { signal, hardSignal } = watch;
      await attempt("comment", `#${number} comment ${id}`, {
        tell,
        work: async () => {
          const actions = commandActions(estate, forge, { signal, hardSignal });
          const sightings = (one: PullRequest): ReturnType<typeof previewSightings> => previewSightings(estate, forge, one);
          const answered = await answerComment(estate, forge, { pullRequest: number, comment: id, actions, sightings });
          // Another run has begun it: its answer is looked for again in the next pass.
          if (answered.kind !== "elsewhere") watch.read.add(`${number}/${id}`);
          return answered.kind === "answered" ? "done" : "nothing";
        },
      });
    }
  }
}

async function drift(estate: Estate, { environments, signal, hardSignal }: Watch, tell: Tell): Promise<void> {
  for (const environment of environments) {
    if (signal.aborted) return;
    await attempt("drift", environment, {
      tell,
      work: async () => {
        const live = (await (await ledgerOf(estate, environment)).read({ fetch: false }))?.environment;
        // Whoever works on it changes what a look would find.
        if (live === undefined || live.lease !== null) return "nothing";
        const { detection, repair } = await sweepDrift(estate, { environment, signal, hardSignal }, { scheduledOnly: true });
        return repair.problem ?? (detection.stacks.length === 0 ? "nothing" : "done");
      },
    });
  }
}

/**
 * One look at everything: what should each environment be, and is it? It asks what *is*, never what happened since the last look: events that were
 * missed, doubled or late change nothing. Applies come before previews, comments before both.
 */
export async function agentPass(estate: Estate, watch: Watch, tell: Tell): Promise<void> {
  await estate.repository.fetch();
  const { forge } = watch;
  const open = forge === undefined ? [] : await openOnes(estate, watch, forge);
  if (forge !== undefined) await comments(estate, watch, { forge, open, tell });
  await applies(estate, watch, tell);
  if (forge !== undefined) await previews(estate, watch, { forge, open, tell });
  await drift(estate, watch, tell);
}
