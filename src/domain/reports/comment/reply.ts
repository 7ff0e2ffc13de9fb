import { factsOf, mostCommands, rights, verbNames, verbs, type Fault } from "../../conversation/index.ts";
import { amount } from "../text/amount.ts";
import { fence, table } from "../text/blocks.ts";
import { codeSpan, inline } from "../text/inline.ts";
import { clipped, visible, withoutAnsi } from "../text/visible.ts";
import { markerLine, ownIn, withOwn } from "./marker.ts";

/** What became of one line of a comment. */
export type Answer = {
  readonly line: number;
  /** As written or as understood. */
  readonly command: string;
} & (
  | { readonly kind: "done" | "failed"; readonly environment?: string; readonly says: string; readonly markdown?: string }
  | ({ readonly kind: "refused" } & Fault)
);

export interface Reply {
  /** Id of the comment that is answered. */
  readonly comment: string;
  /** Login of who wrote it. */
  readonly to: string;
  readonly answers: readonly Answer[];
  /** Lines that were not even looked at. */
  readonly left: number;
  /** Of a whole comment on this forge, in UTF-16 units. */
  readonly units: number;
  /** Environments of which this reply alone tells, where others answer for the rest of the branch. Left out: it tells of all. */
  readonly own?: readonly string[];
}

const marks = { done: "✅", failed: "❌", refused: "⛔" } as const;

/** How the reply to a comment is found again: at most one for each; where several answer for a branch, one for the environments of each. */
export const replyMarker = (comment: string, own?: readonly string[]): string => markerLine(withOwn(`reply:${comment}`, own));

/** Whether a comment of ours answers one: for everybody, or for one of these environments. */
export function isReplyTo(comment: string, body: string, own: readonly string[] = []): boolean {
  return body.startsWith(replyMarker(comment)) || (ownIn(`reply:${comment}`, body) ?? []).some((name) => own.includes(name));
}

/** Tables of ours have no pipes in their cells, and code spans of ours no back-ticks. */
export function commandsTable(): string {
  const rows = verbNames.map((verb) => {
    const facts = factsOf({ verb });
    const text = { none: "", optional: ' ["why"]', needed: ' "why"' }[facts.text];
    const flags = [
      facts.environments === "none" ? "" : " [--env NAME]…",
      facts.stack === "needed" ? " --stack NAME" : facts.stack ? " [--stack NAME]" : "",
      verb === "drift" ? " [--fix]" : "",
      facts.finding === "needed" ? " --finding ID" : facts.finding === "optional" ? " [--finding ID]" : "",
      facts.until === "needed" ? " --until DATE" : "",
    ];
    const who =
      verb === "drift" ? `${rights[facts.right].words}; with \`--fix\`: ${rights[factsOf({ verb, fix: true }).right].words}` : rights[facts.right].words;
    return [`\`/trueup ${verb}${text}${flags.join("")}\``, facts.does, who, verbs[verb].on.join(", ")];
  });
  return table(["command", "what it does", "who may", "pull request"], rows);
}

/** The answer to `/trueup help`. */
export function helpText(): string {
  return `${commandsTable()}\n\nA command begins a line, at most ${mostCommands} in a comment; code, quotes and edited comments are not read.`;
}

/** What a terminal would show, as a block of a comment. */
export function terminalBlock(text: string): string {
  return fence("text", withoutAnsi(text).trimEnd().split("\n").map(visible));
}

function block(answer: Answer): string {
  const head = `${marks[answer.kind]} ${codeSpan(answer.command, 160)}`;
  if (answer.kind === "refused") return `${head}\n${inline(answer.what, 200)}. ${inline(answer.todo, 300)}`;
  const where = answer.environment === undefined ? "" : ` · ${inline(answer.environment, 60)}`;
  return `${head}${where}\n${inline(answer.says, 500)}`;
}

/**
 * One reply to one comment. What people wrote is printed as plain text. Reports of commands are left out, last first, when they do not fit, and
 * that is said; the lines on what became of each command always are there.
 */
export function replyComment(reply: Reply): string {
  const more = reply.left === 0 ? [] : [`⛔ ${amount(reply.left, "more line")} of commands ${reply.left === 1 ? "was" : "were"} not read.`];
  const blocks = reply.answers.map(block);
  const head = `${replyMarker(reply.comment, reply.own)}\n@${reply.to.replaceAll(/[^\w.-]/g, "")}`;
  const gone = "\n\nWhat it shows is too long for a comment.";
  const reports = reply.answers.map((answer) => (answer.kind === "refused" || answer.markdown === undefined ? "" : `\n\n${answer.markdown}`));
  const whole = (shown: readonly string[]): string => [head, ...blocks.map((text, index) => `${text}${shown[index] ?? ""}`), ...more].join("\n\n");
  for (let last = reports.length - 1; last >= 0 && whole(reports).length > reply.units; last--) if (reports[last] !== "") reports[last] = gone;
  return clipped(whole(reports), reply.units);
}
