import type { Brought } from "./run-schema.ts";

/** The sentences of the ledger's commits, and the trailers below them that machines read. */

const mostNamed = 6;
const longestSubject = 240;

/** `48s`, `1m12s`, `2h03m`. */
export function shortDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, "0")}m`;
}

export function nameList(names: readonly string[]): string {
  const left = names.length - mostNamed;
  return left > 0 ? `${names.slice(0, mostNamed).join(", ")} and ${left} more` : names.join(", ");
}

export interface ApplyTold {
  readonly environment: string;
  readonly commit: string;
  /** `applying`: the attempt. `refused`: the read-only phase said no, to all of it or to some units. */
  readonly result: "applying" | "good" | "failed" | "refused" | "rolledBack" | "cancelled";
  /** For `failed`, `refused` and `cancelled`: the stacks that were changed; for `rolledBack` those that went back. Else all stacks of the run. */
  readonly stacks: readonly string[];
  /** The stack that failed, or why it was refused. */
  readonly because?: string;
  readonly verified?: boolean;
  readonly durationMs?: number;
  readonly mergedBy?: string | null;
  readonly approvedBy?: readonly string[];
  readonly brings?: Brought;
}

function people(told: ApplyTold): string {
  const said = [
    ...(told.mergedBy === undefined || told.mergedBy === null ? [] : [`merged by ${told.mergedBy}`]),
    ...(told.approvedBy === undefined || told.approvedBy.length === 0 ? [] : [`approved by ${nameList(told.approvedBy)}`]),
  ];
  return said.length === 0 ? "" : `; ${said.join(", ")}`;
}

/** `; also brings 2 commits: 90ab12c, 11de0f3`: what was merged before a head and comes with it, the oldest first. */
export function broughtWords(brings: Brought | undefined): string {
  if (brings === undefined) return "";
  const { commits, leftOut } = brings;
  const [all, named] = [commits.length + leftOut, commits.slice(-mostNamed)];
  const words = `${leftOut > 0 || commits.length > mostNamed ? `the newest ` : ""}${named.map((sha) => sha.slice(0, 7)).join(", ")}`;
  return `; also brings ${all} commit${all === 1 ? "" : "s"}: ${words}`;
}

/** `prod: 4f2c1d9 applied to machines, clusters, shop, verified in 3m12s; merged by Ann, approved by Bob; also brings 1 commit: 90ab12c` */
export function applySentence(told: ApplyTold): string {
  const commit = told.commit.slice(0, 7);
  const stacks = nameList(told.stacks);
  const took = (word: string): string => (told.durationMs === undefined ? "" : ` ${word} ${shortDuration(told.durationMs)}`);
  const because = told.because === undefined ? "" : `: ${told.because}`;
  const moved = stacks === "" ? "nothing was changed" : `changed ${stacks}`;
  const happened = {
    applying: `applying ${commit} to ${stacks}`,
    good: `${commit} ${stacks === "" ? "needed no change" : `applied to ${stacks}`}${told.verified === true ? ", verified" : ""}${took("in")}`,
    failed: `${commit} failed${took("after")}${because}; ${moved}`,
    refused: `${commit} refused${stacks === "" ? ", nothing was changed" : ` in part, applied to ${stacks}`}${because}`,
    rolledBack: `${commit} failed${took("after")}${because}; rolled back ${stacks}`,
    cancelled: `${commit} cancelled${took("after")}; ${moved}`,
  }[told.result];
  return `${told.environment}: ${happened}${people(told)}${broughtWords(told.brings)}`;
}

export interface DriftTold {
  readonly environment: string;
  readonly found: readonly { readonly stack: string; readonly resources: number }[];
  /** How many stacks were looked at. */
  readonly looked: number;
  readonly fixed: boolean;
  readonly durationMs?: number;
}

/** `dev: drift found in shop (2 resources)`, `dev: drift fixed in shop (2 resources) in 9s`, `dev: no drift in 4 stacks` */
export function driftSentence(told: DriftTold): string {
  const took = told.durationMs === undefined ? "" : ` in ${shortDuration(told.durationMs)}`;
  if (told.found.length === 0) return `${told.environment}: no drift in ${told.looked} stack${told.looked === 1 ? "" : "s"}`;
  const where = told.found.map((one) => `${one.stack} (${one.resources} resource${one.resources === 1 ? "" : "s"})`);
  return `${told.environment}: drift ${told.fixed ? "fixed" : "found"} in ${nameList(where)}${told.fixed ? took : ""}`;
}

export interface RebuildTold {
  readonly environment: string;
  readonly result: "applying" | "good" | "failed" | "refused" | "cancelled";
  /** `applying`: all of the plan; else those that are good again. */
  readonly stacks: readonly string[];
  readonly made: number;
  readonly taken: number;
  readonly durationMs?: number;
  readonly asked: { readonly by: string; readonly reason: string };
  readonly because?: string;
}

/** `prod: rebuilt machines, clusters (12 objects made, 3 taken in) in 3m12s; asked by Ann: somebody deleted the clusters` */
export function rebuildSentence(told: RebuildTold): string {
  const stacks = nameList(told.stacks);
  const objects = `${told.made} object${told.made === 1 ? "" : "s"} made, ${told.taken} taken in`;
  const took = (word: string): string => (told.durationMs === undefined ? "" : ` ${word} ${shortDuration(told.durationMs)}`);
  const because = told.because === undefined ? "" : `: ${told.because}`;
  const again = stacks === "" ? "nothing is good again" : `good again: ${stacks}`;
  const happened = {
    applying: `rebuilding ${stacks}`,
    good: `rebuilt ${stacks} (${objects})${took("in")}`,
    failed: `rebuild failed${took("after")}${because}; ${again} (${objects})`,
    refused: `rebuild refused, nothing was changed${because}`,
    cancelled: `rebuild cancelled${took("after")}; ${again} (${objects})`,
  }[told.result];
  const { by, reason } = told.asked;
  return `${told.environment}: ${happened}; asked by ${by}${reason === "" ? "" : `: ${reason}`}`;
}

/** One line without control characters: what people typed must not start a trailer or a terminal sequence. */
function oneLine(text: string, longest: number): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

export type Trailers = Readonly<Record<string, string>>;

/** `Run` → `Trueup-Run: …`; keys are ours, values are made one line. */
export function commitMessage(sentence: string, trailers: Trailers): string {
  const lines = Object.entries(trailers).map(([key, value]) => `Trueup-${key}: ${oneLine(value, 500)}`);
  return `${oneLine(sentence, longestSubject)}\n\n${lines.join("\n")}\n`;
}

/** The trailers of a commit of the ledger, without their prefix. */
export function parseTrailers(body: string): Trailers {
  const found: Record<string, string> = {};
  for (const line of body.split("\n")) {
    const match = /^Trueup-([A-Za-z-]+): (.*)$/.exec(line);
    if (match !== null) found[match[1] ?? ""] = match[2] ?? "";
  }
  return found;
}
