import type { RetryReport, RollbackReport, RolledBackReport } from "../rollback-report.ts";
import { amount, listed, sha7 } from "../text/amount.ts";
import { oneLine } from "../text/visible.ts";
import { drawn, painter, type Look } from "./look.ts";

const mostCommits = 20;
const mostNamed = 6;

function commitLines({ commits }: RollbackReport): readonly string[] {
  const rows = commits.slice(0, mostCommits).map(({ sha, title, author }) => `  ${sha7(sha)} ${oneLine(title, 120)} (${oneLine(author, 60)})`);
  return commits.length > mostCommits ? [...rows, `  … and ${amount(commits.length - mostCommits, "more commit")}`] : rows;
}

function changesLine({ changes, files }: RollbackReport): string {
  const paths = `${amount(files.length, "file")}: ${listed(
    files.map((path) => oneLine(path, 100)),
    mostNamed,
  )}`;
  if ("unknown" in changes) return `which stacks that changes is not known: ${oneLine(changes.unknown, 200)} (${paths})`;
  if (changes.stacks.length === 0) return `no stack changes by that (${paths})`;
  return `changes ${listed(
    changes.stacks.map((name) => oneLine(name, 60)),
    mostNamed,
  )} (${paths})`;
}

function headline({ environment, branch, written }: RollbackReport): string {
  switch (written.kind) {
    case "pull-request":
      return `${environment}: #${written.number} takes back, from ${branch}: ${oneLine(written.url, 300)}`;
    case "branch":
      return `${environment}: the branch ${oneLine(written.name, 300)} takes back, from ${branch}`;
    case "commit":
      return `${environment}: ${sha7(written.sha)} took back, from ${branch}`;
    case "none":
    case "nothing":
      return `${environment}: there is nothing to take back from ${branch}: ${written.why}`;
  }
}

function next({ branch, written }: RollbackReport): string {
  if (written.kind === "branch") return `merge it to roll back: ${oneLine(written.why, 200)}. Nothing has changed yet`;
  if (written.kind !== "pull-request") return "";
  if (written.state === "open") return "merge it to roll back: its preview says what that does. Nothing has changed yet";
  const how = written.state === "closed" ? "somebody closed it: open it again where it is still wanted" : `it was merged: ${branch} does not hold it any more`;
  return `${how}. Nothing has changed now`;
}

/** What a person asked to roll back: what it takes back, what that changes, and what is left to do. */
export function rollbackText(report: RollbackReport, look: Look): string {
  const isSomething = report.written.kind !== "nothing" && report.written.kind !== "none";
  const lines = [painter(look).bold(headline(report)), ...commitLines(report), isSomething ? changesLine(report) : "", next(report)];
  return drawn(lines.filter((line) => line !== "").join("\n"), look);
}

/** What may be tried again, and by what. */
export function retryText({ environment, units }: RetryReport, look: Look): string {
  const paint = painter(look);
  const lines = units.map(({ stacks, commit, run, reason }) =>
    oneLine(`${listed(stacks, 6)} at ${sha7(commit)} may be tried again; it failed in run ${run}: ${reason}`, 500),
  );
  return drawn([...lines, paint.dim(`Next: trueup apply ${environment}`)].join("\n"), look);
}

/** What was taken back at once: one line per stack, and what is left to do. */
export function rolledBackText({ environment, units }: RolledBackReport, look: Look): string {
  const paint = painter(look);
  const lines = units.flatMap(({ state, reason, passes, stacks }) => [
    paint.bold(oneLine(`${environment}: ${state === "rolledBack" ? "rolled back" : "not rolled back"}: ${reason}`, 400)),
    ...stacks.map(({ stack, commit, what }) =>
      what === undefined ? paint.green(`✔ ${oneLine(stack, 80)}  back at ${sha7(commit)}`) : paint.red(`✖ ${oneLine(stack, 80)}  ${oneLine(what, 300)}`),
    ),
    passes === undefined ? "" : oneLine(passes, 300),
    state === "frozen" ? `Frozen as it is. When it is in order: trueup thaw ${environment} --reason "…"` : "",
  ]);
  return drawn(lines.filter((line) => line !== "").join("\n"), look);
}
