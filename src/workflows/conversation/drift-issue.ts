import { Problem } from "../../base/problem/index.ts";
import type { Forge } from "../../adapters/forges/index.ts";
import { alertsFrom, findingId, turnOf, type KeptFinding } from "../../domain/changes/index.ts";
import type { DriftRules, Environment, StackDeclaration } from "../../domain/environments/index.ts";
import { commentLimits, driftIssue, driftIssueMarker, type DriftIssueRow, type NextTry } from "../../domain/reports/index.ts";
import { memoryOf } from "../drift/index.ts";
import { ledgerNames, ledgerOf, treeOf, type Estate } from "../estate/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";

/** The rules that are live; undefined where they cannot be read: then how a stack was applied says it. */
async function liveRules(estate: Estate, { environment, branch }: EnvironmentRecord): Promise<Environment | undefined> {
  if (branch === null) return undefined;
  try {
    return await estate.programs.environment(await treeOf(estate.repository, branch.head), environment);
  } catch {
    return undefined;
  }
}

function driftRulesOf(record: EnvironmentRecord, rules: Environment | undefined, stack: string): DriftRules | undefined {
  const applied = record.stacks[stack]?.["declaration"] as StackDeclaration | undefined;
  return (rules?.stacks.find(({ name }) => name === stack) ?? applied ?? rules)?.drift;
}

/** Whole stacks are nobody's to put back, whatever the mode. */
function nextOf(finding: KeptFinding, mode: DriftRules["mode"], now: Date): NextTry {
  const isWhole = finding.kind !== "changed" && finding.kind !== "gone";
  const turn = turnOf(finding, now);
  if (turn.kind === "fight" || turn.kind === "stopped") return { kind: turn.kind };
  if (mode !== "fix" || isWhole) return { kind: "person" };
  return turn.kind === "wait" ? { kind: "at", at: turn.until.toISOString() } : { kind: "due" };
}

async function rowsOf(estate: Estate, record: EnvironmentRecord): Promise<readonly DriftIssueRow[]> {
  const { findings } = memoryOf(record);
  const rules = findings.length === 0 ? undefined : await liveRules(estate, record);
  const now = estate.clock.now();
  return findings.flatMap((finding): readonly DriftIssueRow[] => {
    const { stack, type, name, kind, paths, lastSeen } = finding;
    const { mode = "detect", alertAfterMs } = driftRulesOf(record, rules, stack) ?? {};
    if (alertsFrom(finding, alertAfterMs, now) !== undefined) return [];
    const row: DriftIssueRow = {
      environment: record.environment,
      finding: findingId(finding),
      stack,
      type,
      name,
      kind,
      paths: paths.map(({ path }) => path).filter((path) => path !== ""),
      firstSeen: paths.map(({ firstSeen }) => firstSeen).sort()[0] ?? lastSeen,
      mode,
      next: nextOf(finding, mode, now),
    };
    return [row];
  });
}

/**
 * Brings the one drift issue of the repository up to what the ledgers of all its environments say, as last fetched: opened when something
 * drifts, edited in place, closed when nothing is left. A repository without drift gets none. Raises FORGE_….
 */
export async function keepDriftIssue(estate: Estate, forge: Forge): Promise<void> {
  const rows: DriftIssueRow[] = [];
  const unread: string[] = [];
  for (const name of await ledgerNames(estate)) {
    try {
      const snapshot = await (await ledgerOf(estate, name)).read({ fetch: false });
      if (snapshot !== undefined) rows.push(...(await rowsOf(estate, snapshot.environment)));
    } catch (thrown) {
      // One environment's ledger that cannot be trusted must not hide the drift of the others.
      if (!(thrown instanceof Problem)) throw thrown;
      unread.push(name);
    }
  }
  const { title, body, isOpen } = driftIssue({ rows, unread, at: estate.clock.now() }, commentLimits[forge.capabilities.limits]);
  try {
    await forge.saveComment({ title, state: isOpen ? "open" : "closed" }, driftIssueMarker, body);
  } catch (thrown) {
    const isNothingToClose = !isOpen && thrown instanceof Problem && thrown.code === "FORGE_MISSING";
    if (!isNothingToClose) throw thrown;
  }
}
