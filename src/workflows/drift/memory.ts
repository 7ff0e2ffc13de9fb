import { closeFindings, type KeptFinding, type Memory } from "../../domain/changes/index.ts";
import type { EnvironmentRecord, OpenFinding } from "../ledger/index.ts";

function kept(one: OpenFinding): KeptFinding {
  const { stack, urn, type, name, kind, lastSeen, tries, lastTry, fightSince } = one;
  // Written by a trueup that knew resources only: all of its paths are as old as the finding.
  const paths = one.properties ?? (one.paths.length === 0 ? [""] : one.paths).map((path) => ({ path, firstSeen: one.firstSeen, returns: [] }));
  return {
    stack,
    urn,
    type,
    name,
    kind,
    paths: paths.map(({ path, firstSeen, returns }) => ({ path, firstSeen, returns })),
    lastSeen,
    tries,
    lastTry,
    fightSince,
  };
}

/** What the ledger remembers of drift. */
export function memoryOf({ drift }: EnvironmentRecord): Memory {
  const closed = (drift.closed ?? []).map(({ stack, urn, path, at, returns }) => ({ stack, urn, path, at, returns }));
  return { findings: drift.findings.map(kept), closed };
}

function opened(one: KeptFinding): OpenFinding {
  const { stack, urn, type, name, kind, lastSeen, tries, lastTry, fightSince } = one;
  return {
    stack,
    urn,
    type,
    name,
    kind,
    lastSeen,
    tries,
    paths: one.paths.map(({ path }) => path).filter((path) => path !== ""),
    firstSeen: one.paths.map(({ firstSeen }) => firstSeen).sort()[0] ?? lastSeen,
    properties: one.paths.map((path) => ({
      ...path,
      returns: [...path.returns],
    })),
    ...(lastTry === undefined ? {} : { lastTry }),
    ...(fightSince === undefined ? {} : { fightSince }),
  };
}

function withFindings(current: EnvironmentRecord, memory: Memory): EnvironmentRecord {
  const closed = memory.closed.map((one) => ({ ...one, returns: [...one.returns] }));
  return { ...current, drift: { ...current.drift, findings: memory.findings.map(opened), closed } };
}

/**
 * The record after stacks were brought to what git says, with live reads: what of them differed does no more, and what is live no longer has
 * nothing that could differ. That versions do not fit is left to the next look.
 */
export function withoutRighted(current: EnvironmentRecord, stacks: readonly string[], at: Date): EnvironmentRecord {
  const isOver = ({ stack, kind }: KeptFinding): boolean => current.stacks[stack] === undefined || (stacks.includes(stack) && kind !== "undeclared-version");
  const memory = memoryOf(current);
  return memory.findings.some(isOver) ? withFindings(current, closeFindings(memory, isOver, at)) : current;
}

/** The record with this memory; `checked` are stacks with a schedule that were looked at. */
export function withMemory(current: EnvironmentRecord, memory: Memory, look: { readonly at: Date; readonly checked: readonly string[] }): EnvironmentRecord {
  const at = look.at.toISOString();
  const live = Object.entries(current.drift.checks ?? {}).filter(([name]) => current.stacks[name] !== undefined);
  const checks = { ...Object.fromEntries(live), ...Object.fromEntries(look.checked.map((name) => [name, at])) };
  const next = withFindings(current, memory);
  return { ...next, drift: { ...next.drift, checkedAt: at, checks } };
}
