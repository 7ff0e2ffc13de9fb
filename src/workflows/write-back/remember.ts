import type { Ledger, EnvironmentRecord, WrittenBack } from "../ledger/index.ts";
import type { WriteBackRequest, Written } from "./request.ts";

type Veto = EnvironmentRecord["vetoes"][number];

/** Entries that are looked through for one that tells the same already. */
const mostLooked = 200;
const kind = "write-back";

const isSame = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((name) => b.includes(name));

/** The vetoes that the run left on this unit; without a unit, all that it left. */
export function vetoesOf(record: EnvironmentRecord | undefined, { run, stacks }: Pick<WriteBackRequest, "run" | "stacks">): readonly Veto[] {
  const left = run === undefined ? [] : (record?.vetoes ?? []).filter((veto) => veto.run === run);
  return stacks === undefined ? left : left.filter(({ closureDigests }) => isSame(Object.keys(closureDigests), stacks));
}

/** What was written down of it before; undefined where it was not, or where a person has to do something first. */
export function remembered(vetoes: readonly Veto[]): Written | undefined {
  const [first] = vetoes;
  if (vetoes.some(({ writtenBack }) => writtenBack === undefined)) return undefined;
  const told = first?.writtenBack;
  if (told?.kind === "pull-request" && told.number !== undefined && told.url !== undefined)
    return { kind: "pull-request", number: told.number, url: told.url, state: "open" };
  if (told?.kind === "commit" && told.sha !== undefined) return { kind: "commit", sha: told.sha };
  return undefined;
}

function memoryOf(written: Written, at: Date): WrittenBack {
  const told = written.kind === "conflict" ? { ...written, files: [...written.files] } : written;
  return { ...told, at: at.toISOString() };
}

/** What of it names it: the same again is the same entry. */
function targetOf(written: Written): string {
  switch (written.kind) {
    case "pull-request":
      return written.url;
    case "branch":
      return written.name;
    case "commit":
      return written.sha;
    case "none":
    case "nothing":
    case "conflict":
      return written.kind;
  }
}

function happened(written: Written, commits: string, branch: string): string {
  switch (written.kind) {
    case "pull-request":
      return `#${written.number} takes ${commits} out of ${branch}`;
    case "branch":
      return `${written.name} takes ${commits} out of ${branch}`;
    case "commit":
      return `${written.sha.slice(0, 7)} took ${commits} out of ${branch}`;
    case "none":
      return `${commits} stays on ${branch}, ${written.why}`;
    case "nothing":
      return `nothing is to be taken out of ${branch}, ${written.why}`;
    case "conflict":
      return `${commits} cannot be taken out of ${branch}, others changed ${written.files.slice(0, 3).join(", ")} since`;
  }
}

function sentenceOf(request: WriteBackRequest, written: Written): string {
  const { environment, branch, commits, reason, run, by } = request;
  const [first = ""] = commits;
  const named = commits.length === 1 ? first.slice(0, 7) : `${commits.length} commits`;
  const who = by === undefined ? (run === undefined ? "" : `; run ${run} was rolled back`) : `; ${by} rolls back`;
  return `${environment}: ${happened(written, named, branch)}${who}${reason === "" ? "" : `: ${reason}`}`;
}

interface Told {
  readonly request: WriteBackRequest;
  readonly written: Written;
  readonly at: Date;
}

/**
 * Writes down, once, how it was written to git: on the vetoes of the run, and as an entry that says who wanted it and why. Nothing where the same is
 * written down already.
 */
export async function remember(ledger: Ledger, { request, written, at }: Told): Promise<void> {
  // Who asked and got nothing was told so: that is no event.
  if (request.by !== undefined && !("url" in written) && !("name" in written)) return;
  const [target, commits] = [targetOf(written), [...request.commits].sort().join(" ")];
  const isTold = (await ledger.log(mostLooked)).some(
    ({ trailers }) => trailers["Kind"] === kind && trailers["To"] === target && trailers["Of"] === commits.slice(0, 480),
  );
  await ledger.record((current) => {
    const open = new Set(vetoesOf(current, request).filter(({ writtenBack }) => writtenBack === undefined || writtenBack.kind !== written.kind));
    if (open.size === 0 && isTold) return undefined;
    const vetoes = current.vetoes.map((veto) => (open.has(veto) ? { ...veto, writtenBack: memoryOf(written, at) } : veto));
    const { run, by } = request;
    return {
      next: { ...current, vetoes },
      sentence: sentenceOf(request, written),
      trailers: {
        Kind: kind,
        To: target,
        Of: commits.slice(0, 480),
        ...(run === undefined ? {} : { Run: run }),
        ...(by === undefined ? {} : { By: by }),
      },
    };
  });
}
