const eraseLine = "\u001b[0K";
const longestName = 60;

/** The log's reader takes a marker anywhere in a line, when a carriage return follows it: neither survives. */
export function harmlessForGitlab(text: string): string {
  return text.replace(/\r+(?!\n)/g, " ").replace(/section_(start|end):/g, "section\\_$1:");
}

export interface Section {
  /** Makes the name unique in the job. */
  readonly number: number;
  readonly title: string;
  readonly lines: readonly string[];
  readonly now: () => Date;
}

/** A folded part of a job's log, between its two markers. */
export function gitlabSection({ number, title, lines, now }: Section): string {
  const name = `trueup_${number}_${title.replaceAll(/[^A-Za-z0-9_.-]+/g, "_").slice(0, longestName)}`;
  const seconds = Math.floor(now().getTime() / 1000);
  const head = harmlessForGitlab(title.replaceAll(/\p{Cc}+/gu, " "));
  return [
    `${eraseLine}section_start:${seconds}:${name}[collapsed=true]\r${eraseLine}${head}\n`,
    ...lines.map((line) => `${harmlessForGitlab(line)}\n`),
    `${eraseLine}section_end:${seconds}:${name}\r${eraseLine}\n`,
  ].join("");
}
