import { Problem } from "../../base/problem/index.ts";
import type { Comment, Forge, PullRequest, Reaction } from "../../adapters/forges/index.ts";
import {
  decideCommand,
  factsOf,
  headWhenWritten,
  ignored,
  ownPart,
  parseComment,
  printCommand,
  shareComment,
  type Decision,
  type Order,
  type ParsedComment,
  type SharedLine,
  type Sighting,
  type WrittenCommand,
} from "../../domain/conversation/index.ts";
import { commentLimits, isReplyTo, replyComment, replyMarker, type Answer } from "../../domain/reports/index.ts";
import type { Estate } from "../estate/index.ts";
import { bringHead, readableOn } from "./environments.ts";
import { carryOut, type Actions } from "./orders.ts";
import { standingsOn, type Standings } from "./standings.ts";

export interface CommentRequest {
  readonly pullRequest: number;
  /** Id of the comment. Only the id is taken from whoever noticed it: text and author are read from the forge. */
  readonly comment: string;
  /** Environments that whoever answers looks after: lines about others only are left to those who look after them. Left out: all. */
  readonly only?: readonly string[];
  readonly actions: Actions;
  /** Heads that signed previews name, and when; from the preview comments. */
  readonly sightings: (pullRequest: PullRequest) => Promise<readonly Sighting[]>;
}

export type Answered =
  /** Nothing was done and nothing said. */
  | { readonly kind: "ignored"; readonly why: string }
  /** Another run began it and has not answered yet. */
  | { readonly kind: "elsewhere"; readonly since: string }
  | { readonly kind: "answered"; readonly answers: readonly Answer[]; readonly url: string };

interface Reading {
  readonly estate: Estate;
  readonly forge: Forge;
  readonly request: CommentRequest;
  readonly comment: Comment;
  /** The lines, each with whose it is. */
  readonly lines: readonly SharedLine[];
  /** Lines beyond those that are answered one by one. */
  readonly left: number;
  /** Environments of the base branch that are ours; undefined: all. */
  readonly own: readonly string[] | undefined;
  /** Named by the reply, where it tells of these alone. */
  readonly replyOf: readonly string[] | undefined;
  /** The head when the comment was written. */
  readonly headThen: string | undefined;
}

/** A reaction is an ornament: the reply says the same, so that a forge that refuses it stops nothing. */
async function react({ forge, request, comment }: Pick<Reading, "forge" | "request" | "comment">, reaction: Reaction): Promise<void> {
  if (!forge.capabilities.reactions) return;
  try {
    await forge.react(request.pullRequest, comment.id, reaction);
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
  }
}

async function committedAt(estate: Estate, forge: Forge, pullRequest: PullRequest): Promise<string | undefined> {
  try {
    return (await estate.repository.commit(await bringHead(estate, forge, pullRequest))).at;
  } catch (thrown) {
    // Of a merged pull request the head may be gone from the remote. The other facts are proof enough without it.
    if (thrown instanceof Problem) return undefined;
    throw thrown;
  }
}

async function headAtWriting(
  { estate, forge, request, comment }: Pick<Reading, "estate" | "forge" | "request" | "comment">,
  pullRequest: PullRequest,
): Promise<string | undefined> {
  // The clone of a job is a moment old: without its branches no seal could be opened, and every head would count as moved.
  if ((await estate.repository.branch(pullRequest.base)) === undefined) await estate.repository.fetch();
  const sightings = await request.sightings(pullRequest);
  return headWhenWritten({
    head: pullRequest.head.commit,
    updatedAt: pullRequest.updatedAt,
    committedAt: await committedAt(estate, forge, pullRequest),
    writtenAt: comment.createdAt,
    sightings,
  });
}

interface Asked {
  readonly pullRequest: PullRequest;
  readonly standings: Standings;
  readonly decision: Decision;
  readonly person: Awaited<ReturnType<Forge["person"]>>;
}

/**
 * Everything is read again for each command: rights, head and locks are those of now. Decided for all environments that it names, also where others
 * look after some: what is refused is refused as a whole, by all of them.
 */
async function decide(reading: Reading, written: WrittenCommand): Promise<Asked> {
  const { estate, forge, request, comment, headThen } = reading;
  const pullRequest = await forge.pullRequest(request.pullRequest);
  const standings = await standingsOn(estate, pullRequest.base);
  const named = Object.values(standings.environments).flatMap(({ approvals }) => approvals.from);
  const person = await forge.person(
    comment.author,
    [...new Set(named)].filter((name) => name.startsWith("@")),
  );
  const decision = decideCommand({
    command: written.command,
    comment,
    pullRequest: { ...pullRequest, head: pullRequest.head.commit },
    person,
    headWhenWritten: headThen,
    environments: standings.environments,
  });
  return { pullRequest, standings, decision, person };
}

function unreadable({ broken }: Standings): string {
  const names = Object.entries(broken).map(([name, { what }]) => `${name} cannot be read: ${what}`);
  return names.length === 0 ? "" : ` (${names.join("; ")})`;
}

type Step = { readonly answers: readonly Answer[] } | { readonly elsewhere: string };

async function runLine(reading: Reading, written: WrittenCommand): Promise<Step> {
  const { line } = written;
  const command = printCommand(written.command);
  const { decision, pullRequest, standings, person } = await decide(reading, written);
  const isOurs = ({ environment }: Order): boolean => environment === undefined || reading.own?.includes(environment) !== false;
  if (decision.kind === "ignore") return { answers: [{ line, command, kind: "refused", what: decision.why, todo: "" }] };
  if (decision.kind === "refuse")
    return { answers: [{ line, command, kind: "refused", what: `${decision.what}${unreadable(standings)}`, todo: decision.todo }] };
  const answers: Answer[] = [];
  const ours = decision.orders.filter(isOurs);
  const meant = ours.flatMap(({ environment }) => (environment === undefined ? [] : [environment]));
  const orders = written.command.verb === "preview" ? ours.slice(0, 1) : ours;
  for (const order of orders) {
    const { estate, comment, request } = reading;
    const environments = orders.length < meant.length ? meant : meant.filter((name) => name === order.environment);
    const environment = environments.length === 0 ? {} : { environment: environments.join(", ") };
    if (factsOf(order.command).changes && answers.some(({ kind }) => kind === "failed")) {
      answers.push({ line, command, kind: "failed", says: "not begun, because it was not done in the one before", ...environment });
      continue;
    }
    const carried = await carryOut(estate, { order, environments, line, person, pullRequest, comment, actions: request.actions });
    if ("elsewhere" in carried) return { elsewhere: carried.elsewhere.at };
    const { ok, says, markdown } = carried;
    answers.push({ line, command, kind: ok ? "done" : "failed", says, ...environment, ...(markdown === undefined ? {} : { markdown }) });
  }
  return { answers };
}

/** What was begun before must be answered; when nothing was, the whole comment can be read again later. */
function unread(written: WrittenCommand, thrown: unknown, hasBegun: boolean): Step {
  if (!hasBegun || !(thrown instanceof Problem)) throw thrown;
  const says = `${thrown.code}: ${thrown.what}. ${thrown.todo}`;
  return { answers: [{ line: written.line, command: printCommand(written.command), kind: "failed", says }] };
}

/** Why a line that changes something is not run: it was written in the belief that those before it would work. */
function stopOf({ after }: SharedLine, answers: readonly Answer[]): string | undefined {
  const stopped = answers.find(({ kind }) => kind !== "done");
  if (stopped !== undefined) return `not run, because line ${stopped.line} was ${stopped.kind === "failed" ? "not done" : "refused"}`;
  if (after === undefined) return undefined;
  return `not run, because others answer line ${after.line} for ${after.environments.join(", ")}, and how it ends is not known here`;
}

/** In order. Lines of others are passed over. */
async function runLines(reading: Reading): Promise<Step> {
  const answers: Answer[] = [];
  for (const shared of reading.lines) {
    const { line: written, share } = shared;
    if (share === "others") continue;
    const what = stopOf(shared, answers);
    if (written.kind === "refused") {
      answers.push({ line: written.line, command: written.written, kind: "refused", what: written.what, todo: written.todo });
    } else if (what !== undefined && factsOf(written.command).changes) {
      answers.push({ line: written.line, command: printCommand(written.command), kind: "refused", what, todo: "Write it again when it is still wanted." });
    } else {
      const step = await runLine(reading, written).catch((thrown: unknown) => unread(written, thrown, answers.length > 0));
      if ("elsewhere" in step) return step;
      answers.push(...step.answers);
    }
  }
  return { answers };
}

type Shared = Pick<Reading, "lines" | "left" | "own" | "replyOf">;

/** Which of it is ours; undefined: nothing. Asked of the branch only where somebody looks after a part. */
async function sharedOut(
  estate: Estate,
  parsed: ParsedComment,
  at: { readonly base: string; readonly only: CommentRequest["only"] },
): Promise<Shared | undefined> {
  const { left } = parsed;
  const known = at.only === undefined ? [] : await readableOn(estate, at.base);
  const own = ownPart(known, at.only);
  if (own === undefined) return { lines: parsed.lines.map((line) => ({ line, share: "own" })), left, own, replyOf: undefined };
  const { lines, isOthers, isReplyOwn } = shareComment(parsed, known, own);
  return isOthers ? undefined : { lines, left, own, replyOf: isReplyOwn ? own : undefined };
}

async function read(estate: Estate, forge: Forge, request: CommentRequest): Promise<Reading | { readonly ignored: string }> {
  const comments = await forge.comments(request.pullRequest);
  const comment = comments.find(({ id }) => id === request.comment);
  if (comment === undefined) return { ignored: "it is gone" };
  const why = ignored(comment);
  if (why !== undefined) return { ignored: why };
  const parsed = parseComment(comment.body);
  if (parsed.lines.length === 0) return { ignored: "it gives no command" };
  if (comments.some((one) => one.ours && isReplyTo(comment.id, one.body, request.only))) return { ignored: "it is answered" };
  const pullRequest = await forge.pullRequest(request.pullRequest);
  const shared = await sharedOut(estate, parsed, { base: pullRequest.base, only: request.only });
  if (shared === undefined) return { ignored: "it is about environments that others look after" };
  return { estate, forge, request, comment, ...shared, headThen: await headAtWriting({ estate, forge, request, comment }, pullRequest) };
}

/**
 * Answers one comment of a pull request: reads it and its author's rights from the forge, runs what it asks for and may, and replies once.
 *
 * Called twice for one comment, or by two runs at once, it changes things once: a comment that has a reply of ours is not read again, and
 * each command that changes something is claimed in the ledger before it begins (claims.ts). Who does not get the claim stops there and
 * replies nothing, so that the reply of the one who did is never written over. Commands that only look may run in both; the forge keeps one
 * reply. A run that dies between claim and reply leaves the comment unanswered: when it is looked at an hour later, the reply says that the end is
 * not known. Where it answers for `only` some of the branch's environments, others answer for theirs: each line is run by whom it concerns, and each has a
 * reply of its own. Raises FORGE_… (nothing of what was not yet begun will be; call it again) and REMOTE_UNREACHABLE.
 */
export async function answerComment(estate: Estate, forge: Forge, request: CommentRequest): Promise<Answered> {
  const reading = await read(estate, forge, request);
  if ("ignored" in reading) return { kind: "ignored", why: reading.ignored };
  await react(reading, "seen");
  const step = await runLines(reading);
  if ("elsewhere" in step) return { kind: "elsewhere", since: step.elsewhere };
  const { comment, left, replyOf } = reading;
  const limits = commentLimits[forge.capabilities.limits];
  const own = replyOf === undefined ? {} : { own: replyOf };
  const body = replyComment({ comment: comment.id, to: comment.author, answers: step.answers, left, units: limits.units, ...own });
  const { url } = await forge.saveComment(request.pullRequest, replyMarker(comment.id, replyOf), body);
  await react(reading, step.answers.every(({ kind }) => kind === "done") && left === 0 ? "done" : "refused");
  return { kind: "answered", answers: step.answers, url };
}
