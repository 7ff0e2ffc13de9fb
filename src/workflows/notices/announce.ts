import { asProblem, Problem } from "../../base/problem/index.ts";
import { Scrubber, Secret } from "../../base/secret/index.ts";
import { deliver, type Destination } from "../../adapters/notices/index.ts";
import type { Environment, NoticeTarget } from "../../domain/environments/index.ts";
import { newsFor, slackBody, webhookBody, type Notice, type Situation, type Told } from "../../domain/notices/index.ts";
import { environmentBranch, ledgerOf, treeOf, type Estate } from "../estate/index.ts";
import type { EnvironmentRecord, Ledger } from "../ledger/index.ts";
import { receiverKey, toldBefore, withTold } from "./memory.ts";
import { situationOf } from "./situation.ts";

export interface AnnounceRequest {
  readonly environment: string;
  readonly signal?: AbortSignal;
  /**
   * For who catches up with what others left: what was recorded since then may be about to be told by its own runner, and is left to it.
   * Milliseconds.
   */
  readonly settledMs?: number;
  /** What whoever asks has to bring into the record by the way: when something is told, both are one commit. */
  readonly also?: (record: EnvironmentRecord) => EnvironmentRecord;
}

/** The rules that are live; before anything is, those of the branch. A commit does not say who hears of it before it was applied. */
async function liveEnvironment(estate: Estate, record: EnvironmentRecord): Promise<Environment> {
  const { environment, branch } = record;
  const head = branch?.head ?? (await environmentBranch(estate, environment, undefined)).head;
  return estate.programs.environment(await treeOf(estate.repository, head), environment);
}

/** One receiver with what it does not know yet. */
interface Receiver {
  readonly key: string;
  readonly target: NoticeTarget;
  readonly notice: Notice;
  readonly next: Told;
}

function receiversOf(targets: readonly NoticeTarget[], before: Readonly<Record<string, Told>>, now: Situation): readonly Receiver[] {
  const unique = new Map(targets.map((target) => [receiverKey(target), target]));
  return [...unique].flatMap(([key, target]) => {
    const { notice, next } = newsFor(before[key], now, target.on);
    return notice === undefined ? [] : [{ key, target, notice, next }];
  });
}

const variableOf = (target: NoticeTarget): string => (target.kind === "webhook" ? target.secret : target.variable);

/** Everything that this runner knows and nobody else must: whatever a message quotes, it is not told. */
function scrubberOf(estate: Estate, { notices, secrets }: Environment): Scrubber {
  const scrubber = new Scrubber();
  const names = [...notices.map(variableOf), ...("env" in secrets.from ? [secrets.from.env] : []), ...tokens];
  for (const name of names) scrubber.add(estate.machine.variable(name) ?? "");
  return scrubber;
}

const tokens = ["TRUEUP_FORGE_TOKEN", "GITHUB_TOKEN", "GITLAB_TOKEN", "TRUEUP_GITHUB_APP_KEY", "TRUEUP_GIT_TOKEN"];

function destinationOf(estate: Estate, target: NoticeTarget): Destination | undefined {
  const value = estate.machine.variable(variableOf(target));
  if (value === undefined || value === "") return undefined;
  return target.kind === "webhook" ? { kind: "webhook", url: target.url, secret: new Secret(value) } : { kind: "slack", url: new Secret(value) };
}

function bodyOf({ target, notice }: Receiver): string {
  return target.kind === "webhook" ? webhookBody(notice) : slackBody(notice, target.channel);
}

/** Why it could not be told; undefined: it was. */
async function tell(estate: Estate, receiver: Receiver, more: { readonly scrubber: Scrubber; readonly signal?: AbortSignal }): Promise<string | undefined> {
  const { target, notice, key } = receiver;
  const to = destinationOf(estate, target);
  if (to === undefined) return `${key}: the variable ${variableOf(target)} is not set`;
  const delivery = await deliver(
    to,
    { id: notice.id, body: more.scrubber.scrub(bodyOf(receiver)) },
    { clock: estate.clock, deadlineMs: estate.deadlines.noticesMs, ...(more.signal === undefined ? {} : { signal: more.signal }) },
  );
  return delivery.kind === "delivered" ? undefined : `${key}: ${delivery.why}`;
}

async function remember(
  estate: Estate,
  ledger: Ledger,
  told: { readonly receivers: readonly Receiver[]; readonly declared: readonly string[]; readonly also: AnnounceRequest["also"] },
): Promise<void> {
  const { receivers, declared, also = (record) => record } = told;
  const now = { told: new Map(receivers.map(({ key, next }) => [key, next])), declared, at: estate.clock.now() };
  await ledger.record((current) => ({
    next: also(withTold(current, now)),
    sentence: `${current.environment}: told ${receivers.map(({ key }) => key).join(", ")}`,
    trailers: { Kind: "notice" },
  }));
}

/** Whether others had the time to tell themselves what they recorded. */
async function isSettled(estate: Estate, ledger: Ledger, settledMs: number | undefined): Promise<boolean> {
  if (settledMs === undefined) return true;
  const [newest] = await ledger.log(1);
  return newest === undefined || estate.clock.now().getTime() - Date.parse(newest.at) >= settledMs;
}

interface News {
  readonly ledger: Ledger;
  readonly live: Environment;
  readonly receivers: readonly Receiver[];
}

/** Undefined: nobody is to be told anything by us now. */
async function newsOf(estate: Estate, { environment, settledMs }: AnnounceRequest): Promise<News | undefined> {
  const ledger = await ledgerOf(estate, environment);
  const record = (await ledger.read({ fetch: false }))?.environment;
  // Whoever holds the lease changes what would be told, and tells it at the end.
  if (record === undefined || record.lease !== null || !(await isSettled(estate, ledger, settledMs))) return undefined;
  const live = await liveEnvironment(estate, record);
  if (live.notices.length === 0) return undefined;
  const receivers = receiversOf(live.notices, toldBefore(record), await situationOf(ledger, record, { rules: live, now: estate.clock.now() }));
  return receivers.length === 0 ? undefined : { ledger, live, receivers };
}

/** Whether somebody does not know yet what the ledger says, as last fetched. Never throws: what cannot be read is told by who needs it. */
export async function hasNews(estate: Estate, environment: string): Promise<boolean> {
  return newsOf(estate, { environment }).then(
    (news) => news !== undefined,
    () => false,
  );
}

async function announceNews(estate: Estate, request: AnnounceRequest): Promise<readonly string[]> {
  const news = await newsOf(estate, request);
  if (news === undefined) return [];
  const { ledger, live, receivers } = news;
  const { signal, also } = request;
  const scrubber = scrubberOf(estate, live);
  const failures = await Promise.all(receivers.map((one) => tell(estate, one, { scrubber, ...(signal === undefined ? {} : { signal }) })));
  const reached = receivers.filter((_, index) => failures[index] === undefined);
  if (reached.length > 0) await remember(estate, ledger, { receivers: reached, declared: live.notices.map(receiverKey), also });
  return failures.filter((why) => why !== undefined);
}

function untoldProblem(environment: string, untold: readonly string[]): Problem {
  const what = untold.length === 1 ? (untold[0] ?? "") : `${untold[0] ?? ""}, and ${untold.length - 1} more`;
  const todo = "Correct the receiver, its address or its variable; the next run of the environment tells it again.";
  return new Problem("NOTICE_UNTOLD", { what, on: `notices of ${environment}`, todo, retry: { afterMs: 60_000 } });
}

/**
 * Tells every receiver of an environment what it does not know yet: one message each, and one ledger push when any arrived. Asks the ledger how
 * things stand, as last fetched, not what just happened: whoever was killed before telling is made up for by the next who calls this. Never
 * throws and never takes much longer than its deadline: no run fails by it. Answers why somebody could not be told.
 */
export async function announce(estate: Estate, request: AnnounceRequest): Promise<Problem | undefined> {
  const { environment } = request;
  try {
    const untold = await announceNews(estate, request);
    for (const why of untold) estate.observe({ kind: "step", text: `not told, and tried again by the next run: ${why}` });
    return untold.length === 0 ? undefined : untoldProblem(environment, untold);
  } catch (thrown) {
    const problem = asProblem(thrown, `notices of ${environment}`);
    // Of a ledger that cannot be trusted, and of a full disk, the run itself has told.
    if (!problem.code.startsWith("LEDGER_") && problem.code !== "DISK_FULL") estate.observe({ kind: "step", text: `nobody was told: ${problem.what}` });
    return problem;
  }
}
