import { didYouMean } from "../../base/problem/index.ts";
import { isSamePerson, rights, type Speaker, type Standing } from "./rights.ts";
import { factsOf, type Command, type VerbFacts } from "./verbs.ts";
import type { Fault } from "./words.ts";

/** What holds in one environment of the pull request's base branch. */
export interface EnvironmentStanding extends Omit<Standing, "locks"> {
  readonly stacks: readonly string[];
  readonly locks: readonly Lock[];
}

export interface Lock {
  readonly id: string;
  readonly by: string;
  /** Empty: the whole environment. */
  readonly stacks: readonly string[];
}

export interface Request {
  readonly command: Command;
  readonly comment: { readonly author: string; readonly bot: boolean; readonly ours: boolean; readonly edited: boolean };
  readonly pullRequest: {
    readonly number: number;
    readonly state: "open" | "closed" | "merged";
    readonly author: string;
    readonly base: string;
    readonly head: string;
    readonly fork: boolean;
    readonly pushers: readonly string[];
    readonly pushersUnknown?: string;
  };
  /** As the forge says *now*. */
  readonly person: Speaker;
  /** The head when the comment was written; undefined when nothing proves which it was. */
  readonly headWhenWritten: string | undefined;
  /** By name; those that live on the base branch, as it says now. */
  readonly environments: Readonly<Record<string, EnvironmentStanding>>;
}

/** One command in one environment, decided. */
export interface Order {
  readonly command: Command;
  /** undefined for `help`. */
  readonly environment: string | undefined;
  /** The head that it is about; the action must refuse any other. */
  readonly head: string;
  /** The run that held the lease when this was decided: the only one that a `cancel` may be about. */
  readonly run?: string;
}

export type Decision =
  | { readonly kind: "run"; readonly orders: readonly Order[] }
  | ({ readonly kind: "refuse" } & Fault)
  /** Not for us: nothing is answered. */
  | { readonly kind: "ignore"; readonly why: string };

const short = (commit: string): string => commit.slice(0, 7);
const isFault = (value: object): value is Fault => "what" in value;

/** Whether a comment is one to be read at all: by a person, and as it was when it was written. */
export function ignored(comment: Request["comment"]): string | undefined {
  if (comment.ours) return "it is ours";
  if (comment.bot) return "a bot wrote it";
  return comment.edited ? "it was edited" : undefined;
}

function wrongState(request: Request, facts: VerbFacts): Fault | undefined {
  const { pullRequest, command } = request;
  if (facts.on.includes(pullRequest.state)) return undefined;
  const said = { open: "it is open", merged: "it is merged", closed: "it was closed without a merge" }[pullRequest.state];
  const todo = pullRequest.state === "merged" ? "See what became of it: /trueup status" : "Open it again, or open another.";
  return { what: `${command.verb} means nothing for #${pullRequest.number}: ${said}`, todo };
}

function named(request: Request, facts: VerbFacts): readonly string[] | Fault {
  const { command, pullRequest, environments } = request;
  const known = Object.keys(environments).sort();
  if (known.length === 0)
    return { what: `no environment lives on the branch ${pullRequest.base}`, todo: "Commands work in pull requests into an environment's branch." };
  const stranger = command.environments.find((name) => !Object.hasOwn(environments, name));
  if (stranger !== undefined)
    return {
      what: `${stranger} is no environment of the branch ${pullRequest.base}`,
      todo: `${didYouMean(stranger, known)} Known here: ${known.join(", ")}.`.trim(),
    };
  if (command.environments.length > 0) return command.environments;
  if (facts.environments === "one" && known.length > 1)
    return {
      what: `${command.verb} wants to know which environment: there are ${known.length} on this branch`,
      todo: `Write --env: one or more of ${known.join(", ")}.`,
    };
  return known;
}

function unknownStack({ stack }: Command, name: string, standing: EnvironmentStanding): Fault | undefined {
  if (stack === undefined || standing.stacks.includes(stack)) return undefined;
  const known = standing.stacks.length === 0 ? "It has none." : `Known: ${standing.stacks.join(", ")}.`;
  return { what: `${name} has no stack "${stack}"`, todo: `${didYouMean(stack, standing.stacks)} ${known}`.trim() };
}

/** The locks that an unlock of this stack, or of everything, takes away. One of the whole environment is not taken away for one stack. */
export function locksFor(stack: string | undefined, locks: readonly Lock[]): readonly Lock[] {
  return stack === undefined ? locks : locks.filter((lock) => lock.stacks.length === 1 && lock.stacks[0] === stack);
}

/** Of these locks those that the person may take away: all for maintainers, else their own. */
export function ownLocks(locks: readonly Lock[], person: Speaker): readonly Lock[] {
  const mayAll = person.permission === "maintain" || person.permission === "admin";
  return locks.filter((lock) => mayAll || isSamePerson(lock.by, person.login));
}

function lacking(
  request: Request,
  facts: VerbFacts,
  environment: { readonly name: string; readonly standing: EnvironmentStanding } | undefined,
): Fault | undefined {
  const { command, person, pullRequest } = request;
  const standing = environment === undefined ? undefined : { ...environment.standing, locks: locksFor(command.stack, environment.standing.locks) };
  const why = rights[facts.right].lacks({ speaker: person, pullRequest, standing });
  if (why === undefined) return undefined;
  const where = environment === undefined ? "" : ` in ${environment.name}`;
  return { what: `@${person.login} may not ${command.verb}${where}: ${why}`, todo: `It is for ${rights[facts.right].words.replaceAll("`", "")}.` };
}

/** What there is to act on: a run to cancel, a lock to take away. */
function nothingThere({ verb, stack }: Command, name: string, standing: EnvironmentStanding): Fault | undefined {
  const look = `See: /trueup status --env ${name}`;
  if (verb === "cancel" && standing.run === undefined) return { what: `no run holds the lease of ${name}`, todo: look };
  if (verb === "unlock" && locksFor(stack, standing.locks).length === 0)
    return { what: stack === undefined ? `${name} is not locked` : `the stack ${stack} of ${name} has no lock of its own`, todo: look };
  return undefined;
}

/** The head that people saw, against the one that is there. */
function moved({ pullRequest, headWhenWritten }: Request, facts: VerbFacts, verb: string): Fault | undefined {
  if (!facts.bound || headWhenWritten === pullRequest.head) return undefined;
  const then =
    headWhenWritten === undefined ? "nothing proves which head the comment was written for" : `the comment was written for ${short(headWhenWritten)}`;
  return {
    what: `${then}, the head is ${short(pullRequest.head)} now`,
    todo: `Look at the preview of ${short(pullRequest.head)} and write /trueup ${verb} again.`,
  };
}

function inEnvironments(request: Request, facts: VerbFacts): readonly string[] | Fault {
  const names = named(request, facts);
  if (isFault(names)) return names;
  for (const name of names) {
    const standing = request.environments[name];
    if (standing === undefined) continue;
    const fault = unknownStack(request.command, name, standing) ?? nothingThere(request.command, name, standing) ?? lacking(request, facts, { name, standing });
    if (fault !== undefined) return fault;
  }
  return names;
}

/**
 * Whether a command is run, for whom and on what: a person's rights at execution, the rules of the base branch, and the head that was there
 * when the comment was written. Refused as a whole when one of several environments refuses: a half-done command is harder to understand.
 */
export function decideCommand(request: Request): Decision {
  const { command, comment, pullRequest } = request;
  const why = ignored(comment);
  if (why !== undefined) return { kind: "ignore", why };
  const facts = factsOf(command);
  const order = (environment: string | undefined): Order => {
    const run = environment === undefined ? undefined : request.environments[environment]?.run?.id;
    return { command, environment, head: pullRequest.head, ...(run === undefined ? {} : { run }) };
  };
  const early = wrongState(request, facts) ?? lacking(request, { ...facts, right: "reader" }, undefined);
  if (early !== undefined) return { kind: "refuse", ...early };
  if (facts.environments === "none") return { kind: "run", orders: [order(undefined)] };
  const names = inEnvironments(request, facts);
  if (isFault(names)) return { kind: "refuse", ...names };
  const late = moved(request, facts, command.verb);
  return late === undefined ? { kind: "run", orders: names.map(order) } : { kind: "refuse", ...late };
}
