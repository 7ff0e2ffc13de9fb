/** What a preview comment shows and says that it leaves out, counted; and what there is, counted from the report. Only tests import this. */
import { entriesOf, isChanged } from "../stack-facts.ts";
import type { PreviewReport } from "../preview-report.ts";

interface Account {
  readonly failures: number;
  readonly reasons: number;
  readonly quiet: number;
  readonly orphans: number;
  readonly policies: number;
  readonly warnings: number;
  /** Paragraphs that are there or named as left out: each once. */
  readonly notes: readonly string[];
}

const numberIn = (pattern: RegExp, lines: readonly string[]): number =>
  lines.reduce((sum, line) => sum + Number((pattern.exec(line)?.[1] ?? "0").replaceAll(",", "")), 0);

const matching = (pattern: RegExp, lines: readonly string[]): number => lines.filter((line) => pattern.test(line)).length;

/** Rows of the list below `title`, and how many more it says that there are. */
function listed(lines: readonly string[], title: string): number {
  const from = lines.indexOf(title);
  if (from < 0) return 0;
  const rows = lines.slice(from + 2, lines.indexOf("", from + 2));
  return matching(/^- (?!… and)/, rows) + numberIn(/^- … and ([\d,]+) more/, rows);
}

/** Names that the test gave, on the lines that `pattern` finds, and how many more those lines say. */
function named(lines: readonly string[], pattern: RegExp, name: RegExp): number {
  const found = lines.filter((line) => pattern.test(line));
  return found.flatMap((line) => [...line.matchAll(name)]).length + numberIn(/ and ([\d,]+) more(?:$|: declared)/, found);
}

/** One environment's section. Quiet stacks must be named `quiet-1`, orphans `orphan-1` and so on. */
function told(lines: readonly string[]): Account {
  const left = (/^Left out for size: (.*)\.$/m.exec(lines.join("\n"))?.[1] ?? "").split("; ");
  const paragraphs = [
    ["checks", matching(/^\*\*How we will know:\*\*/, lines) + matching(/^the checks of [\d,]+ stacks?$/, left)],
    ["merge", matching(/^\*\*On merge:\*\*/, lines) + matching(/^waves, approvals and windows$/, left)],
    ["live", matching(/(?:^|\. )Live picture: /, lines) + matching(/^the age of the live picture$/, left)],
    ["since", matching(/^\*\*(?:Since the previous preview|Approving approves)/, lines) + matching(/^(?:what moved since|the fingerprint)/, left)],
  ] as const;
  return {
    failures: matching(/^#### ⛔ The preview of/, lines) + numberIn(/^(?:… and )?([\d,]+) (?:more )?failed stacks?: /, lines),
    reasons:
      matching(/^- [⛔⏳] \*\*/u, lines) +
      numberIn(/^- … and ([\d,]+) more reasons? in the way of an apply, left out for size/, lines) +
      numberIn(/^\*\*In the way of an apply:\*\* ([\d,]+) reasons?, left out for size/, lines),
    quiet: named(lines, /^prod[^ ]*\.quiet-1(?:, |$)/, /quiet-\d+/g) + numberIn(/^([\d,]+) stacks? without change, left out for size/, lines),
    orphans: named(lines, /^\*\*Orphaned:\*\*/, /orphan-\d+/g) + numberIn(/^([\d,]+) orphaned stacks?$/, left),
    policies: listed(lines, "**Policies, on what does not change:**") + numberIn(/^([\d,]+) policy findings? on/, left),
    warnings: listed(lines, "**Warnings:**") + numberIn(/^([\d,]+) warnings?$/, left),
    notes: paragraphs.flatMap(([name, times]) => Array.from({ length: times }, () => name)),
  };
}

/** Counted from the report, by nothing that a comment is made with but what a changed stack and an entry are. */
export function accountOf({ stacks, refusals, untouched, orphans, merge, fingerprint, previous, state }: PreviewReport): Account {
  const changed = stacks.filter(isChanged);
  const sets = stacks.flatMap(({ outcome }) => (outcome.kind === "failed" || outcome.changes === undefined ? [] : [outcome.changes]));
  const elsewhere = sets.flatMap((changes) => {
    const shown = new Set(entriesOf(changes).map(({ change }) => change.urn));
    return changes.policies.filter(({ urn }) => urn === undefined || !shown.has(urn));
  });
  const notes = {
    checks: changed.length > 0,
    merge: merge.waves.some((wave) => wave.length > 0),
    live: state.kind === "done",
    since: previous !== undefined || fingerprint !== undefined,
  };
  return {
    failures: stacks.filter(({ outcome }) => outcome.kind === "failed").length,
    reasons: refusals.length + stacks.reduce((sum, stack) => sum + stack.refusals.length, 0),
    quiet: changed.length === 0 ? 0 : stacks.length - changed.length + untouched.length,
    orphans: orphans.length,
    policies: elsewhere.length,
    warnings: sets.reduce((sum, { diagnostics }) => sum + diagnostics.filter(({ severity }) => severity === "warning").length, 0),
    notes: Object.entries(notes).flatMap(([name, isThere]) => (isThere ? [name] : [])),
  };
}

interface Accounts {
  readonly shown: ReadonlyMap<string, Account>;
  /** Environments of which the comment says that it shows nothing, and the reasons that it says they have. */
  readonly hidden: number;
  readonly hiddenReasons: number;
}

/** By environment. One environment alone has no title: `only` is its name. */
export function accountsIn(markdown: string, only?: string): Accounts {
  const shown = new Map<string, string[]>();
  const lines = markdown.split("\n");
  const hiding = /^([\d,]+) environments?: everything but the counts above is left out for size(?:, and so (?:is|are) ([\d,]+) reasons?)?/;
  const said = lines.map((line) => hiding.exec(line)).find((match) => match !== null);
  let at = said === undefined ? only : undefined;
  let fence: string | undefined;
  for (const line of lines) {
    const ticks = /^`{3,}/.exec(line)?.[0];
    if (fence === undefined) at = /^### (\w[\w-]*)$/.exec(line)?.[1] ?? at;
    if (fence === undefined && ticks === undefined && at !== undefined) shown.set(at, [...(shown.get(at) ?? []), line]);
    if (fence === undefined) fence = ticks;
    else if (line === fence) fence = undefined;
  }
  const count = (text: string | undefined): number => Number((text ?? "0").replaceAll(",", ""));
  return { shown: new Map([...shown].map(([name, own]) => [name, told(own)])), hidden: count(said?.[1]), hiddenReasons: count(said?.[2]) };
}
