import { Problem } from "../../base/problem/index.ts";
import { keptFindings, signatureFindings, TrailWalk, worstFirst, type Kept, type SignedEntry, type TrailFinding } from "../../domain/audit/index.ts";
import { environmentBranch, ledgerOf, ledgerPlace, type Estate } from "../estate/index.ts";
import { commitsUpTo, openHistory, readEntries, type History, type HistoryPlace } from "../ledger/index.ts";
import { signaturesOf } from "./open.ts";

export interface TrailRequest {
  readonly environment: string;
  /** A commit of the ledger that was kept elsewhere: 40 hex digits. */
  readonly against?: string;
  readonly signers?: readonly string[];
}

/** What a look at the whole trail of one ledger came to. */
export interface TrailCheck {
  readonly environment: string;
  readonly branch: string;
  /** The newest entry; null where there is no ledger. To be kept elsewhere, for --against. */
  readonly head: string | null;
  readonly entries: number;
  /** What the ledger was held against besides itself. */
  readonly heldAgainst: { readonly seen: string | null; readonly against: string | null; readonly signers: number };
  readonly signed: number;
  /** The worst first. */
  readonly findings: readonly TrailFinding[];
}

async function keptOf(place: HistoryPlace, history: History, against: string | undefined): Promise<readonly Kept[]> {
  const { seen } = history;
  return [
    ...(seen === undefined ? [] : [{ head: seen.head, sequence: seen.sequence, words: "this machine saw", trail: await commitsUpTo(place, seen.head) }]),
    ...(against === undefined ? [] : [{ head: against, words: "--against names", trail: await commitsUpTo(place, against) }]),
  ];
}

interface Walked {
  readonly findings: readonly TrailFinding[];
  readonly numbers: ReadonlyMap<string, number>;
}

async function walk(place: HistoryPlace, history: History): Promise<Walked> {
  const trail = new TrailWalk();
  const findings: TrailFinding[] = [];
  const numbers = new Map<string, number>();
  for await (const { entry } of readEntries(place, history)) {
    findings.push(...trail.check(entry));
    if (entry.record !== undefined) numbers.set(entry.commit, entry.record.sequence);
  }
  return { findings: [...findings, ...trail.end()], numbers };
}

/**
 * Holds the whole ledger of an environment against itself, against what this machine saw last, against a commit that was kept elsewhere, and against
 * the keys that may sign. Says what it found; writes nothing but, of a trail that is whole, what was seen. Raises ENVIRONMENT_UNKNOWN, LEDGER_NEWER.
 */
export async function verifyTrail(estate: Estate, request: TrailRequest): Promise<TrailCheck> {
  const { environment, against } = request;
  await estate.repository.fetch();
  const place = await ledgerPlace(estate, environment);
  const history = await openHistory(place, estate.host.files);
  const signers = request.signers ?? place.signers;
  if (history.head === undefined && history.seen === undefined) await environmentBranch(estate, environment, undefined);
  const shas = history.commits.map(({ sha }) => sha);
  const kept = await keptOf(place, history, against);
  const { findings, numbers } = await walk(place, history);
  const signatures = await signaturesOf(estate, shas, signers);
  const signed = shas.map((commit): SignedEntry => ({
    commit,
    sequence: numbers.get(commit) ?? null,
    signature: signatures.get(commit) ?? { state: "unknown" },
  }));
  const all = [...kept.flatMap((one) => keptFindings(shas, one)), ...findings, ...signatureFindings(signed, { isRequired: signers.length > 0 })];
  // Nothing more is said of it, and from now on this machine knows it; with keys of whoever asks it is whole for them.
  if (all.length === 0 && request.signers === undefined) await (await ledgerOf(estate, environment)).read({ fetch: false });
  return {
    environment,
    branch: place.branch,
    head: history.head ?? null,
    entries: shas.length,
    heldAgainst: { seen: history.seen?.head ?? null, against: against ?? null, signers: signers.length },
    signed: signed.filter(({ signature }) => signature.state === "good").length,
    findings: worstFirst(all),
  };
}

/** The three lines of a trail that is broken. */
export function trailProblem({ environment, branch, findings, heldAgainst }: TrailCheck): Problem | undefined {
  const [worst] = findings;
  if (worst === undefined) return undefined;
  const where = worst.sequence === null ? "" : `, entry ${worst.sequence}`;
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : "";
  const seen = heldAgainst.seen ?? heldAgainst.against;
  const back = worst.kind === "rolled back" && seen !== null ? ` To put it back: git push --force origin ${seen}:refs/heads/${branch}.` : "";
  return new Problem("LEDGER_BROKEN", {
    what: `the trail of ${environment} is broken, ${worst.kind}: ${worst.says}${more}`,
    on: `branch ${branch}${where}${worst.commit === null ? "" : `, commit ${worst.commit.slice(0, 7)}`}`,
    todo: `Find out who pushed it, and believe nothing that it says from there on.${back}`,
  });
}
