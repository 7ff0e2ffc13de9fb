import { byCodeUnit } from "../../base/json/index.ts";
import type { DriftFinding } from "./change-set.ts";

/** One property that differs, `""` for the whole resource; with when it came back after it had gone away, the last day's only. */
export interface KeptPath {
  readonly path: string;
  /** ISO 8601, as all times here. */
  readonly firstSeen: string;
  readonly returns: readonly string[];
}

/** One open finding as it is remembered: no values, which belong to the state and not to git. */
export interface KeptFinding extends Pick<DriftFinding, "stack" | "urn" | "type" | "name"> {
  readonly kind: string;
  /** By path; at least one. */
  readonly paths: readonly KeptPath[];
  readonly lastSeen: string;
  /** Repairs that touched it since it opened. */
  readonly tries: number;
  readonly lastTry: string | undefined;
  /** Since when it is left to whoever else writes it. */
  readonly fightSince: string | undefined;
}

/** A property that no longer differs: if it comes back within a day, that counts. */
export interface ClosedPath extends Pick<KeptFinding, "stack" | "urn"> {
  readonly path: string;
  readonly at: string;
  readonly returns: readonly string[];
}

export interface Memory {
  readonly findings: readonly KeptFinding[];
  readonly closed: readonly ClosedPath[];
}

/** Whose findings are known now; what is remembered of other stacks stays as it is. */
export interface Seen {
  readonly stacks: readonly string[];
  readonly findings: readonly DriftFinding[];
}

export const dayMs = 24 * 60 * 60_000;
/** So many returns within a day are a fight: somebody else writes it for a reason. */
const fightAt = 3;
/** Beyond these the oldest are forgotten: the record is one file that every runner reads. */
const most = { findings: 1_000, paths: 50, closed: 2_000 };

const keyOf = (about: Pick<KeptFinding, "stack" | "urn">): string => JSON.stringify([about.stack, about.urn]);
const pathKey = (about: Pick<KeptFinding, "stack" | "urn">, path: string): string => JSON.stringify([about.stack, about.urn, path]);

const within = (times: readonly string[], now: Date): readonly string[] => times.filter((time) => now.getTime() - Date.parse(time) < dayMs);

/** The paths of a finding; one that names none is about the whole resource. */
function pathsOf(finding: DriftFinding): readonly string[] {
  const named = [...new Set(finding.properties.map((property) => property.path))].sort(byCodeUnit).slice(0, most.paths);
  return named.length === 0 ? [""] : named;
}

/** The remembered finding for what is seen, if it is open. */
export function keptOf(memory: Memory, about: Pick<KeptFinding, "stack" | "urn">): KeptFinding | undefined {
  return memory.findings.find((one) => keyOf(one) === keyOf(about));
}

interface Step {
  readonly now: Date;
  readonly known: ReadonlyMap<string, KeptFinding>;
  readonly closed: ReadonlyMap<string, ClosedPath>;
}

function pathNow(finding: DriftFinding, path: string, { now, known, closed }: Step): KeptPath {
  const open = known.get(keyOf(finding))?.paths.find((one) => one.path === path);
  if (open !== undefined) return { ...open, returns: within(open.returns, now) };
  const before = closed.get(pathKey(finding, path));
  const cameBack = before !== undefined && now.getTime() - Date.parse(before.at) < dayMs;
  return { path, firstSeen: now.toISOString(), returns: cameBack ? [...within(before.returns, now), now.toISOString()] : [] };
}

function findingNow(finding: DriftFinding, step: Step): KeptFinding {
  const { stack, urn, type, name, kind } = finding;
  const before = step.known.get(keyOf(finding));
  const paths = pathsOf(finding).map((path) => pathNow(finding, path, step));
  const isFight = paths.some((one) => one.returns.length >= fightAt);
  return {
    stack,
    urn,
    type,
    name,
    kind,
    paths,
    lastSeen: step.now.toISOString(),
    tries: before?.tries ?? 0,
    lastTry: before?.lastTry,
    fightSince: before?.fightSince ?? (isFight ? step.now.toISOString() : undefined),
  };
}

function closedNow(before: Memory, open: readonly KeptFinding[], now: Date): readonly ClosedPath[] {
  const stillOpen = new Set(open.flatMap((one) => one.paths.map(({ path }) => pathKey(one, path))));
  const closing = before.findings.flatMap((one) =>
    one.paths
      .filter(({ path }) => !stillOpen.has(pathKey(one, path)))
      .map(({ path, returns }): ClosedPath => ({ stack: one.stack, urn: one.urn, path, at: now.toISOString(), returns: within(returns, now) })),
  );
  const fresh = new Set(closing.map((one) => pathKey(one, one.path)));
  const kept = before.closed.filter(
    (one) => !stillOpen.has(pathKey(one, one.path)) && !fresh.has(pathKey(one, one.path)) && now.getTime() - Date.parse(one.at) < dayMs,
  );
  return [...kept, ...closing].slice(-most.closed);
}

/**
 * What is remembered after a look: new findings open now, those not seen any more close, those that come back within a day count. Provider
 * noise is not remembered. Pure.
 */
export function remember(before: Memory, seen: Seen, now: Date): Memory {
  const looked = new Set(seen.stacks);
  const step: Step = {
    now,
    known: new Map(before.findings.map((one) => [keyOf(one), one])),
    closed: new Map(before.closed.map((one) => [pathKey(one, one.path), one])),
  };
  const told = seen.findings.filter((one) => looked.has(one.stack) && one.kind !== "output-only").map((one) => findingNow(one, step));
  const findings = [...before.findings.filter((one) => !looked.has(one.stack)), ...told].sort((a, b) => byCodeUnit(keyOf(a), keyOf(b))).slice(0, most.findings);
  return { findings, closed: closedNow(before, findings, now) };
}

/** The same without what is known to be over although nobody has looked: it was just put right. If it comes back within a day, that counts. */
export function closeFindings(before: Memory, isOver: (finding: KeptFinding) => boolean, now: Date): Memory {
  const findings = before.findings.filter((one) => !isOver(one));
  return { findings, closed: closedNow(before, findings, now) };
}

/** The same with one more try of these findings: said before anything is touched, so that a run that dies counts. */
export function tried(memory: Memory, these: readonly Pick<KeptFinding, "stack" | "urn">[], now: Date): Memory {
  const keys = new Set(these.map(keyOf));
  const findings = memory.findings.map((one) => (keys.has(keyOf(one)) ? { ...one, tries: one.tries + 1, lastTry: now.toISOString() } : one));
  return { ...memory, findings };
}

/** Whether anything but the time of the last look differs: only then is it worth a commit. */
export function isOtherMemory(before: Memory, after: Memory): boolean {
  const text = ({ findings }: Memory): string => JSON.stringify(findings.map((one) => ({ ...one, lastSeen: undefined })));
  return text(before) !== text(after);
}
