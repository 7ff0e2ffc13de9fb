import { appendFileSync, statSync } from "node:fs";
import type { Machine } from "../../base/process/index.ts";
import type { Secret } from "../../base/secret/index.ts";
import type { CiHost } from "./surroundings.ts";
import { githubAnnotation, githubCommand, harmlessForGithub } from "./github-log.ts";
import { gitlabSection, harmlessForGitlab } from "./gitlab-log.ts";
import { cutAtLine, summaryBytes } from "./summary.ts";

export interface CiAnnotation {
  readonly level: "error" | "warning" | "notice";
  readonly title: string;
  readonly message: string;
  /** Repository path. */
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
}

/**
 * What a CI host makes of a job's log. The methods return what to write into the log, each piece whole lines; "" where the host has no such thing.
 * Whatever else is written must go through `harmless` first: hosts take commands from any line, whoever wrote it.
 */
export interface CiOutput {
  /** A part of the log that a person can fold away, `lines` inside. Groups are not nested. */
  group(title: string, lines: readonly string[]): string;
  /** Shown beside the source line. Of errors and of warnings the host shows the first ten of a step: more are counted in the tenth. */
  annotations(all: readonly CiAnnotation[]): string;
  /** Lets the host blank out a secret in everything that follows. Never called where there is no such host: it would print the secret. */
  mask(secret: Secret): string;
  /** The same text, with nothing in it that the host would take for a command. */
  harmless(text: string): string;
  /** Appends Markdown to the page of the run, cut at a line and said so where it would not fit. Whether the host has such a page. */
  summary(markdown: string): boolean;
}

const mostOfALevel = 10;

function limited(all: readonly CiAnnotation[]): CiAnnotation[] {
  return (["error", "warning", "notice"] as const).flatMap((level) => {
    const those = all.filter((one) => one.level === level);
    if (those.length <= mostOfALevel) return those;
    const more = those.length - mostOfALevel + 1;
    return [...those.slice(0, mostOfALevel - 1), { level, title: `${more} more`, message: `${more} more are in the summary and in the log.` }];
  });
}

function githubOutput(summaryFile: string | undefined): CiOutput {
  return {
    group: (title, lines) => [githubCommand("group", title), ...lines.map((line) => `${harmlessForGithub(line)}\n`), githubCommand("endgroup", "")].join(""),
    annotations: (all) => limited(all).map(githubAnnotation).join(""),
    mask: (secret) =>
      secret
        .reveal()
        .split(/\r?\n/)
        .filter((line) => line.trim() !== "")
        .map((line) => githubCommand("add-mask", line))
        .join(""),
    harmless: harmlessForGithub,
    summary(markdown) {
      if (summaryFile === undefined) return false;
      const there = statSync(summaryFile, { throwIfNoEntry: false })?.size ?? 0;
      appendFileSync(summaryFile, cutAtLine(`${markdown.trimEnd()}\n\n`, summaryBytes - there));
      return true;
    },
  };
}

function gitlabOutput(now: () => Date): CiOutput {
  let sections = 0;
  return {
    group: (title, lines) => gitlabSection({ number: (sections += 1), title, lines, now }),
    annotations: () => "",
    mask: () => "",
    harmless: harmlessForGitlab,
    summary: () => false,
  };
}

/** How to speak to the host of this job. `now` dates the parts of a log. */
export function ciOutput(host: CiHost, machine: Pick<Machine, "variable">, now: () => Date): CiOutput {
  return host === "github" ? githubOutput(machine.variable("GITHUB_STEP_SUMMARY")) : gitlabOutput(now);
}
