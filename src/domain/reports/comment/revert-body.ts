import type { RevertReport } from "../rollback-report.ts";
import { amount, sha7 } from "../text/amount.ts";
import { fold, table } from "../text/blocks.ts";
import { codeSpan, inline } from "../text/inline.ts";
import { markerLine } from "./marker.ts";

const mostCommits = 50;
const mostStacks = 50;
const mostFiles = 100;

const more = (all: readonly unknown[], shown: number, one: string): readonly string[] =>
  all.length > shown ? [`… and ${amount(all.length - shown, `more ${one}`)}`] : [];

function happened({ environment, branch, reason, run, by }: RevertReport): string {
  const why = inline(reason, 500);
  if (by !== undefined) return `${inline(by, 80)} asks to roll **${inline(environment, 60)}** back${why === "" ? "." : `: ${why}`}`;
  const at = run === undefined ? "" : ` ${codeSpan(run, 100)}`;
  return `Run${at} of **${inline(environment, 60)}** failed and was rolled back: ${why}\n\nThis takes out of ${codeSpan(branch)} what is not live any more.`;
}

function commitsText({ commits }: RevertReport): string {
  const rows = commits.slice(0, mostCommits).map(({ sha, title, author }) => `- ${sha} ${inline(title, 120)} (${inline(author, 60)})`);
  return ["**It takes back**, newest first:", ...rows, ...more(commits, mostCommits, "commit").map((text) => `- ${text}`)].join("\n");
}

function stacksText({ stacks, by }: RevertReport): string {
  if (stacks.length === 0) return "";
  const live = (sha: string | undefined): string => (sha === undefined ? "nothing that was ever good" : sha7(sha));
  const rows = stacks.slice(0, mostStacks).map(({ name, live: at }) => [inline(name, 80), live(at)]);
  const head = by === undefined ? ["Rolled back", "Live now"] : ["Stack", "Live now"];
  return [table(head, rows), ...more(stacks, mostStacks, "stack")].join("\n\n");
}

function filesText({ files }: RevertReport): string {
  const lines = files.slice(0, mostFiles).map((path) => `- ${inline(path, 200)}`);
  return fold(`${amount(files.length, "file")} changed`, [...lines, ...more(files, mostFiles, "file").map((text) => `- ${text}`)].join("\n"));
}

function choices({ environment, by }: RevertReport): string {
  if (by !== undefined) return "Merge it to roll back: the preview says what that changes. Close it to leave everything as it is.";
  const retry = codeSpan(`trueup retry ${environment}`);
  return [
    "**Merge it**, and the branch says again what is live. The preview says what that changes: nothing, where the rollback went well.",
    `**Or say otherwise:** push what repairs it, or try the same once more with ${retry}; then close this. Until one of these the failed change is held.`,
  ].join("\n\n");
}

/** What a pull request that takes something back says of itself. What people wrote is printed as plain text. */
export function revertBody(report: RevertReport): string {
  const parts = [happened(report), commitsText(report), stacksText(report), filesText(report), choices(report)].filter((part) => part !== "");
  return `${markerLine(`revert:${report.environment}`)}\n${parts.join("\n\n")}\n`;
}
