import type { Comment, Forge, PullRequest, PullRequestQuery } from "../../adapters/forges/index.ts";
import { mayAskPreview, parseComment, type Verb } from "../../domain/conversation/index.ts";
import { answerComment, commandActions, isForkTold, previewSightings, publishPreviews, tellFork } from "../conversation/index.ts";
import { environmentBranch, jobIdentity, ledgerOf, type Estate } from "../estate/index.ts";
import type { Ended, Errand, ErrandRun } from "./errand.ts";

const hourMs = 3_600_000;
/** Comments older than this were either answered or are nobody's business any more. */
const commentAgeHours = 24;
/** These start no engine. */
const light: ReadonlySet<Verb> = new Set(["help", "status", "approve", "cancel", "lock", "unlock", "rollback"]);

function isLight({ body }: Comment): boolean {
  return parseComment(body).lines.every((line) => line.kind === "refused" || light.has(line.command.verb));
}

/** To the hour: a question that is the same for a while can be answered by "still so". */
function sinceWhen(now: Date): string {
  return new Date((Math.floor(now.getTime() / hourMs) - commentAgeHours) * hourMs).toISOString();
}

/** What people want on the forge of one repository. What it remembers only saves questions. */
export class Talk {
  readonly #estate: Estate;
  readonly #forge: Forge;
  readonly #environments: readonly string[];
  /** Who holds the apply identity runs no code of pull requests: previews, and comments that ask for one, are left to jobs that hold another. */
  readonly #previews: boolean;
  /** Heads of pull requests that were previewed or seen previewed. */
  #seen = new Map<number, string>();
  /** Comments that need no answer any more. */
  #read = new Set<string>();

  /** Raises CONFIG_INVALID for an identity that there is not. */
  constructor(estate: Estate, forge: Forge, environments: readonly string[]) {
    this.#estate = estate;
    this.#forge = forge;
    this.#environments = environments;
    this.#previews = jobIdentity(estate.machine) !== "apply";
  }

  /** Comments before previews. */
  async errands(): Promise<readonly Errand[]> {
    const branches = await this.#branches();
    const since = sinceWhen(this.#estate.clock.now());
    const open = await this.#into(branches, { state: "open" });
    const merged = await this.#into(branches, { state: "merged", since });
    const comments: Errand[] = [];
    for (const { number } of [...open, ...merged]) comments.push(...(await this.#comments(number, since)));
    const previews: Errand[] = [];
    if (this.#previews) for (const pullRequest of open) previews.push(...(await this.#preview(pullRequest)));
    this.#forget([...open, ...merged]);
    return [...comments, ...previews];
  }

  /** Branches of these environments. One without a branch is left out; what is wrong with it is said elsewhere. */
  async #branches(): Promise<ReadonlySet<string>> {
    const branches = new Set<string>();
    for (const environment of this.#environments) {
      const name = await this.#branchOf(environment).catch(() => undefined);
      if (name !== undefined) branches.add(name);
    }
    return branches;
  }

  /** What is said on others is for whoever looks after their branches. */
  async #into(branches: ReadonlySet<string>, query: Pick<PullRequestQuery, "state" | "since">): Promise<readonly PullRequest[]> {
    const found: PullRequest[] = [];
    for (const base of branches) found.push(...(await this.#forge.pullRequests({ ...query, base })));
    return found;
  }

  async #branchOf(environment: string): Promise<string> {
    const live = (await (await ledgerOf(this.#estate, environment)).read({ fetch: false }))?.environment;
    return (await environmentBranch(this.#estate, environment, live?.branch?.name)).name;
  }

  async #comments(number: number, since: string): Promise<readonly Errand[]> {
    const isOurs = ({ ours, bot, body }: Comment): boolean => !ours && !bot && body.includes("/trueup") && (this.#previews || !mayAskPreview(body));
    const fresh = (await this.#forge.comments(number, since)).filter((one) => isOurs(one) && !this.#read.has(`${number}/${one.id}`));
    return fresh.map((comment) => ({
      key: `comment #${number}/${comment.id}`,
      what: "comment",
      on: `#${number} comment ${comment.id}`,
      subject: comment.id,
      // What is said quickly does not wait behind what takes long: to cancel would come too late.
      ...(isLight(comment) ? { light: true } : { alone: `talk #${number}` }),
      do: (run) => this.#answer(number, comment.id, run),
    }));
  }

  async #answer(number: number, id: string, { signal, hardSignal, observe }: ErrandRun): Promise<Ended> {
    const estate = { ...this.#estate, observe };
    const only = this.#environments;
    const sightings = (pullRequest: PullRequest): ReturnType<typeof previewSightings> => previewSightings(estate, this.#forge, { pullRequest, only });
    const actions = commandActions(estate, this.#forge, { only, signal, hardSignal });
    const answered = await answerComment(estate, this.#forge, { pullRequest: number, comment: id, only, actions, sightings });
    // Another run has begun it: its answer is looked for again in the next look.
    if (answered.kind !== "elsewhere") this.#read.add(`${number}/${id}`);
    return { kind: answered.kind === "answered" ? "done" : "nothing" };
  }

  /** A fork's code runs only when somebody who may write asks for it by a comment; that is said once. */
  async #preview(pullRequest: PullRequest): Promise<readonly Errand[]> {
    const { number, head, fork } = pullRequest;
    if (this.#seen.get(number) === head.commit) return [];
    const isShown = fork ? await isForkTold(this.#forge, number) : await this.#isPreviewed(pullRequest);
    if (isShown) {
      this.#seen.set(number, head.commit);
      return [];
    }
    const name = `#${number}`;
    if (fork) return [{ key: `fork ${name}`, what: "comment", on: name, subject: head.commit, light: true, do: () => this.#tellFork(pullRequest) }];
    return [{ key: `preview ${name}`, what: "preview", on: name, subject: head.commit, do: (run) => this.#publish(number, run) }];
  }

  async #isPreviewed(pullRequest: PullRequest): Promise<boolean> {
    const sightings = await previewSightings(this.#estate, this.#forge, { pullRequest, only: this.#environments });
    // Another login's comment may lack what it had no key for: it is no reason not to look.
    return sightings.some(({ commit, ours }) => ours && commit === pullRequest.head.commit);
  }

  async #tellFork(pullRequest: PullRequest): Promise<Ended> {
    const isTold = await tellFork(this.#estate, this.#forge, { pullRequest, only: this.#environments });
    this.#seen.set(pullRequest.number, pullRequest.head.commit);
    return { kind: isTold ? "done" : "nothing" };
  }

  /** Of the head that it has when its turn comes. */
  async #publish(number: number, { signal, hardSignal, observe }: ErrandRun): Promise<Ended> {
    const request = { number, all: false, only: this.#environments, signal, hardSignal };
    const { problem, pullRequest } = await publishPreviews({ ...this.#estate, observe }, this.#forge, request);
    this.#seen.set(number, pullRequest.head.commit);
    return { kind: "done", ...(problem === undefined ? {} : { problem }) };
  }

  #forget(known: readonly PullRequest[]): void {
    const numbers = new Set(known.map(({ number }) => number));
    this.#seen = new Map([...this.#seen].filter(([number]) => numbers.has(number)));
    this.#read = new Set([...this.#read].filter((name) => numbers.has(Number(name.split("/")[0]))));
  }
}
