import type { ParsedComment } from "./parse.ts";
import { factsOf, type Command } from "./verbs.ts";

/**
 * Whose a line of a comment is where several runners look after the environments of one branch. "everyone": each would say the same, such as help or
 * a refusal; "own": it is about an environment of ours; "others": it names only environments of the branch that are not ours.
 */
export type Share = "everyone" | "own" | "others";

type Line = ParsedComment["lines"][number];

/** The environments of a branch that are ours; undefined: all of them. `only`: what we look after anywhere; left out: everything. */
export function ownPart(known: readonly string[], only: readonly string[] | undefined): readonly string[] | undefined {
  if (only === undefined || known.every((name) => only.includes(name))) return undefined;
  return known.filter((name) => only.includes(name)).sort();
}

function shareOf(line: Line, known: readonly string[], own: readonly string[]): Share {
  if (line.kind === "refused") return "everyone";
  const facts = factsOf(line.command);
  const { environments } = line.command;
  if (facts.environments === "none") return "everyone";
  // A change without a name is asked which it means, by whoever reads it.
  if (environments.length === 0) return facts.environments === "one" ? "everyone" : "own";
  if (environments.some((name) => own.includes(name))) return "own";
  return environments.every((name) => known.includes(name)) ? "others" : "everyone";
}

/** Environments in which a line changes something that we do not see the end of. */
function beyond({ environments, ...command }: Command, own: readonly string[]): readonly string[] {
  return factsOf(command).changes ? environments.filter((name) => !own.includes(name)) : [];
}

export interface SharedLine {
  readonly line: Line;
  readonly share: Share;
  /** An earlier line that changes something where others look after it: how that ended is not known here. */
  readonly after?: { readonly line: number; readonly environments: readonly string[] };
}

export interface SharedComment {
  readonly lines: readonly SharedLine[];
  /** Nothing of it is ours to answer. */
  readonly isOthers: boolean;
  /** What we answer is not what others do: the reply is one of ours alone. */
  readonly isReplyOwn: boolean;
}

/** Divides a comment between those who look after a branch: each line is answered by whom it concerns, and what everyone would say is said once. */
export function shareComment({ lines }: ParsedComment, known: readonly string[], own: readonly string[]): SharedComment {
  let after: SharedLine["after"];
  const shared = lines.map((line): SharedLine => {
    const now = { line, share: shareOf(line, known, own), ...(after === undefined ? {} : { after }) };
    const unseen = line.kind === "command" ? beyond(line.command, own) : [];
    if (unseen.length > 0) after ??= { line: line.line, environments: unseen };
    return now;
  });
  const hasOwn = shared.some(({ share }) => share === "own");
  const hasOthers = shared.some(({ share }) => share === "others");
  return { lines: shared, isOthers: own.length === 0 || (hasOthers && !hasOwn), isReplyOwn: hasOwn };
}
