import type { Comment, PullRequest } from "../../adapters/forges/index.ts";
import { asProblem } from "../../base/problem/index.ts";
import { factsOf, locksFor, ownLocks, printCommand, type Order, type Speaker } from "../../domain/conversation/index.ts";
import { helpText } from "../../domain/reports/index.ts";
import { ledgerOf, type Estate } from "../estate/index.ts";
import type { EnvironmentRecord, Ledger } from "../ledger/index.ts";
import { locksOf } from "./standings.ts";
import { claim, type Claim, type Claimed, type Effect } from "./claims.ts";

/** What one command asks of one environment. */
export interface Ordered {
  readonly environment: string;
  /** For `preview`, which has one comment for all: every environment that is meant. Else the one. */
  readonly environments: readonly string[];
  readonly stack: string | undefined;
  /** `drift --fix`. */
  readonly fix: boolean;
  /** Why, as it was written; empty where nothing was. */
  readonly text: string;
  /** As it was written: id of a finding, and a date. */
  readonly finding: string | undefined;
  readonly until: string | undefined;
  /** The head that was decided on: an action refuses or ignores any other. */
  readonly head: string;
  /** Login of who said it. */
  readonly by: string;
  readonly pullRequest: PullRequest;
  readonly comment: Comment;
}

export interface Outcome {
  readonly ok: boolean;
  /** One line, any text: it is escaped. */
  readonly says: string;
  /** A report, safe already. */
  readonly markdown?: string;
}

/** What the door hands in. An action that changes something is called once at most for a line of a comment, and never again after it threw. */
export type Actions = Readonly<
  Record<"preview" | "status" | "drift" | "adopt" | "ignore" | "approve" | "apply" | "retry" | "rollback", (order: Ordered) => Promise<Outcome>>
>;

export interface Said {
  readonly order: Order;
  readonly environments: readonly string[];
  readonly line: number;
  readonly person: Speaker;
  readonly pullRequest: PullRequest;
  readonly comment: Comment;
  readonly actions: Actions;
}

/** `elsewhere`: another run claimed it, and may still be at it. */
export type Carried = Outcome | { readonly elsewhere: Claim };

/** After this long a claim without an answer is told as one whose end is not known. Longer than an apply takes. */
const silentMs = 60 * 60_000;

function began(estate: Estate, found: Claim): Carried {
  if (estate.clock.now().getTime() - Date.parse(found.at) < silentMs) return { elsewhere: found };
  return { ok: false, says: `it was begun at ${found.at}, and how it ended is not known. See /trueup status, and write it again if it is still wanted.` };
}

function claimOf(estate: Estate, { order, line, person, pullRequest, comment }: Said): Claim {
  const key = `${pullRequest.number}/${comment.id}/${line}`;
  return { key, at: estate.clock.now().toISOString(), by: `@${person.login}`, command: printCommand(order.command) };
}

const where = (stack: string | undefined): string => (stack === undefined ? "all stacks" : `stack ${stack}`);

function lockEffect(estate: Estate, { order: { command }, person }: Said, { key }: Claim): (current: EnvironmentRecord) => Effect {
  const reason = command.text ?? "";
  const stacks = command.stack === undefined ? [] : [command.stack];
  const hold = { id: `comment-${key.replaceAll("/", "-")}`, stacks, reason, by: person.login, since: estate.clock.now().toISOString(), until: null };
  return (current) => ({
    next: { holds: [...current.holds, hold] },
    sentence: `${current.environment}: @${person.login} locks ${where(command.stack)}: ${reason}`,
  });
}

/** Decided again on the record as it is at that moment: a lock that somebody else set meanwhile stays. */
function unlockEffect({ order: { command }, person }: Said, now: Date): (current: EnvironmentRecord) => Effect | undefined {
  return (current) => {
    const gone = new Set(ownLocks(locksFor(command.stack, locksOf(current, now)), person).map(({ id }) => id));
    if (gone.size === 0) return undefined;
    const why = command.text === undefined ? "" : `: ${command.text}`;
    return {
      next: { holds: current.holds.filter(({ id }) => !gone.has(id)) },
      sentence: `${current.environment}: @${person.login} unlocks ${where(command.stack)}${why}`,
    };
  };
}

function settled(claimed: Claimed, words: { readonly done: string; readonly void: string }): Carried {
  if (claimed.kind === "ours") return { ok: true, says: words.done };
  // Claim and effect are one commit: what was begun was done.
  return claimed.kind === "begun" ? { ok: true, says: words.done } : { ok: false, says: words.void };
}

async function lock(estate: Estate, said: Said, ledger: Ledger): Promise<Carried> {
  const asked = claimOf(estate, said);
  const done = `${where(said.order.command.stack)} locked: no apply begins until /trueup unlock`;
  return settled(await claim(ledger, asked, lockEffect(estate, said, asked)), { done, void: "" });
}

async function unlock(estate: Estate, said: Said, ledger: Ledger): Promise<Carried> {
  const words = { done: `${where(said.order.command.stack)} unlocked`, void: "there is no lock any more that you may take away" };
  return settled(await claim(ledger, claimOf(estate, said), unlockEffect(said, estate.clock.now())), words);
}

/**
 * The run is the one of the decision, held fast by the claim: a delivery that comes later must not cancel the run that came after it. The run
 * itself notices at its next renewal, and begins nothing more.
 */
async function cancel(estate: Estate, said: Said, ledger: Ledger): Promise<Carried> {
  const { run } = said.order;
  const asked = claimOf(estate, said);
  const stillHolds = (current: EnvironmentRecord): Effect | undefined =>
    run === undefined || current.lease?.run !== run ? undefined : { next: {}, sentence: `${current.environment}: ${asked.by} cancels run ${run}` };
  const claimed = await claim(ledger, asked, stillHolds);
  if (claimed.kind === "begun") return began(estate, claimed.claim);
  const reason = said.order.command.text ?? `asked for in #${said.pullRequest.number}`;
  const done = claimed.kind === "ours" && run !== undefined && (await ledger.cancelLease(run, { by: asked.by, reason }));
  if (!done) return { ok: false, says: "that run has ended meanwhile" };
  return { ok: true, says: `run ${run} no longer holds the lease: it begins nothing more, and what it was at when it notices may still end` };
}

async function act(estate: Estate, said: Said, environment: string): Promise<Carried> {
  const { order, environments, actions, person, pullRequest, comment } = said;
  const { verb, finding, until, stack, fix, text = "" } = order.command;
  const facts = { environment, environments, pullRequest, comment };
  const ordered = { ...facts, finding, until, text, stack, fix: fix === true, head: order.head, by: person.login };
  const isOurs = verb === "help" || verb === "lock" || verb === "unlock" || verb === "cancel";
  if (isOurs) return { ok: false, says: `${verb} has no action` };
  if (!factsOf(order.command).changes) return actions[verb](ordered);
  const claimed = await claim(await ledgerOf(estate, environment), claimOf(estate, said));
  return claimed.kind === "begun" ? began(estate, claimed.claim) : actions[verb](ordered);
}

/** Carries one command out in one environment. What goes wrong is told in the reply; only the forge's own failures are raised to the caller, by the caller. */
export async function carryOut(estate: Estate, said: Said): Promise<Carried> {
  const { environment, command } = said.order;
  if (environment === undefined) return { ok: true, says: "what can be said here:", markdown: helpText() };
  try {
    const ledgerActs = { lock, unlock, cancel } as const;
    const own = Object.hasOwn(ledgerActs, command.verb) ? ledgerActs[command.verb as keyof typeof ledgerActs] : undefined;
    return own === undefined ? await act(estate, said, environment) : await own(estate, said, await ledgerOf(estate, environment));
  } catch (thrown) {
    const { code, what, todo } = asProblem(thrown, `environment ${environment}`);
    return { ok: false, says: `${code}: ${what}. ${todo}` };
  }
}
