import type { AuditEntry } from "../../audit/index.ts";
import { amount, listed, sha7 } from "../text/amount.ts";
import { oneLine } from "../text/visible.ts";
import { drawn, painter, type Look, type Paint } from "./look.ts";

export interface AuditTold {
  readonly environment: string;
  readonly entries: readonly AuditEntry[];
}

export interface AuditLook extends Look {
  /** All urns, all fingerprints, and the entries in which a run only says that it goes on. */
  readonly isWide: boolean;
}

type Change = NonNullable<AuditEntry["changes"]>[number];

const usualUrns = 5;
const usualPrint = 12;

const signs: Readonly<Record<AuditEntry["signature"]["state"], string>> = {
  none: "unsigned",
  good: "signed",
  bad: "BAD SIGNATURE",
  unknown: "signed by an unknown key",
};

function signText({ signature: { state, by, key } }: AuditEntry, paint: Paint): string {
  const who = state === "good" && by !== undefined ? ` by ${oneLine(by, 80)}` : state === "unknown" && key !== undefined ? ` ${oneLine(key, 80)}` : "";
  const text = `${signs[state]}${who}`;
  return state === "bad" ? paint.red(text) : state === "good" ? paint.green(text) : paint.dim(text);
}

function changeLines({ stack, action, result, changes, urns, urnsLeftOut }: Change, { isWide }: AuditLook): readonly string[] {
  const counts = `+${changes.create} ~${changes.update} ±${changes.replace} -${changes.delete}`;
  const shown = isWide ? urns : urns.slice(0, usualUrns);
  const more = urns.length - shown.length + urnsLeftOut;
  return [
    `changed   ${oneLine(stack, 60)}: ${action === "apply" ? "" : `${oneLine(action, 20)} `}${counts}, ${oneLine(result, 20)}`,
    ...shown.map(({ urn, operation }) => `          ${oneLine(operation, 20)} ${oneLine(urn, 300)}`),
    ...(more > 0 ? [`          and ${amount(more, "resource")} more`] : []),
  ];
}

/** One line per person: of how many stacks, and the first fingerprints. */
function approvalLines({ approvals = [] }: AuditEntry, { isWide }: AuditLook): readonly string[] {
  return [...Map.groupBy(approvals, ({ by }) => by)].map(([by, given]) => {
    const prints = given.map(({ stack, fingerprint }) => {
      const print = isWide ? fingerprint : fingerprint.slice(0, usualPrint);
      return stack === "*" ? `what ${oneLine(sha7(print), 40)} shows` : `${oneLine(stack, 60)} ${oneLine(print, 80)}`;
    });
    return `approved  by ${oneLine(by, 80)}: ${listed(prints, isWide ? prints.length : usualUrns)}`;
  });
}

function heldLines({ held = [] }: AuditEntry): readonly string[] {
  return held.map(({ what, did, stacks, reason, by }) => {
    const on =
      stacks.length === 0
        ? "everything"
        : listed(
            stacks.map((stack) => oneLine(stack, 60)),
            usualUrns,
          );
    return `${did.padEnd(8)}  ${oneLine(what, 30)} on ${on} (by ${oneLine(by, 80)}): ${oneLine(reason, 300)}`;
  });
}

function detailLines(entry: AuditEntry, look: AuditLook): readonly string[] {
  return [
    ...(entry.mergedBy === undefined ? [] : [`merged    by ${oneLine(entry.mergedBy, 80)}`]),
    ...approvalLines(entry, look),
    ...(entry.overrides ?? []).map(({ guard, by, reason }) => `override  of ${oneLine(guard, 60)} by ${oneLine(by, 80)}: ${oneLine(reason, 300)}`),
    ...(entry.changes ?? []).flatMap((change) => changeLines(change, look)),
    ...heldLines(entry),
    ...(entry.tookOver === undefined ? [] : [`took over from run ${oneLine(entry.tookOver, 300)}`]),
    ...(entry.recovered ?? []).map(
      ({ stack, kind, urn, because }) => `recovered ${oneLine(stack, 60)}: ${oneLine(kind, 30)} ${oneLine(urn, 300)}: ${oneLine(because, 200)}`,
    ),
    ...(entry.problem === undefined ? [] : [`problem   ${oneLine(entry.problem.code, 40)}: ${oneLine(entry.problem.what, 300)}`]),
  ];
}

function entryLines(entry: AuditEntry, look: AuditLook): readonly string[] {
  const paint = painter(look);
  const what = [entry.kind, entry.result ?? entry.lease ?? ""].filter((word) => word !== "").map((word) => oneLine(word, 40));
  const head = [
    paint.bold(`#${entry.sequence ?? "?"}`),
    entry.at.slice(0, 19).replace("T", " "),
    paint.yellow(sha7(entry.commit)),
    what.join(" "),
    ...(entry.run === undefined ? [] : [`run ${oneLine(entry.run, 80)}`]),
    ...(entry.by === undefined ? [] : [oneLine(entry.by, 80)]),
    signText(entry, paint),
  ].join("  ");
  return [head, `  ${oneLine(entry.sentence, 300)}`, ...detailLines(entry, look).map((line) => paint.dim(`    ${line}`))];
}

/** The ledger told for a span of time, in the order given. */
export function auditText({ environment, entries }: AuditTold, look: AuditLook): string {
  if (entries.length === 0) return `the ledger of ${environment} has nothing to tell of that time`;
  const told = look.isWide ? entries : entries.filter(({ kind }) => kind !== "renewal");
  const left = entries.length - told.length;
  const lines = told.flatMap((entry) => entryLines(entry, look));
  return drawn([...lines, ...(left === 0 ? [] : [`${left} more, in which a run only says that it goes on: -o wide tells them`])].join("\n"), look);
}
