import { pastOf, type Past, type ToldRun } from "../../domain/units/index.ts";
import { recentRuns, type RunRecord } from "../ledger/index.ts";
import type { RollbackGround, Target } from "./stack-back.ts";

/** What is imported is older than the run that took it in. */
const makes: ReadonlySet<string> = new Set(["create", "replace"]);
const takes: ReadonlySet<string> = new Set(["import"]);

/** What one run says of a stack; undefined where it says nothing. */
function toldOf({ kind, units, recovered = [], startedAt, endedAt }: RunRecord, stack: string): ToldRun | undefined {
  const unit = units.find(({ stacks }) => stacks.some((one) => one.stack === stack));
  const told = unit?.stacks.find((one) => one.stack === stack);
  if (unit === undefined || told === undefined) return undefined;
  const { urns, urnsLeftOut, result } = told;
  const readBack = recovered.filter((one) => one.kind === "adopt" && one.stack === stack).map(({ urn }) => urn);
  const tookIn = urns.filter(({ operation, imported = false }) => imported || takes.has(operation)).map(({ urn }) => urn);
  // Of an engine that died nothing is told, and of a run that died neither.
  const isWhole = endedAt !== null && urnsLeftOut === 0 && (result === "good" || result === "skipped" || urns.length > 0);
  return {
    startedMs: Date.parse(startedAt),
    endedMs: endedAt === null ? undefined : Date.parse(endedAt),
    isAttempt: kind === "apply" && unit.result !== "good",
    made: [...urns.filter(({ urn, operation }) => makes.has(operation) && !tookIn.includes(urn)).map(({ urn }) => urn), ...readBack],
    mayHaveMadeMore: !isWhole,
    tookIn,
    letGo: urns.filter(({ retained = false }) => retained).map(({ urn }) => urn),
  };
}

/** The very run that goes back: what it let go, and where its engine could not tell what it made, the time. */
function ownRun({ startedAt }: RollbackGround, { untoldSince, letGo = [] }: Target): ToldRun {
  const nothing = { endedMs: undefined, isAttempt: true, made: [], tookIn: [], letGo };
  return { ...nothing, startedMs: (untoldSince ?? startedAt).getTime(), mayHaveMadeMore: untoldSince !== undefined };
}

/** What has become of a stack since it was last good, by the records of the ledger. */
export async function pastAt(ground: RollbackGround, target: Target): Promise<Past> {
  const records = await recentRuns(ground.estate.repository, ground.ledger);
  const runs = records.filter(({ id }) => id !== ground.run).flatMap((run) => toldOf(run, target.stack) ?? []);
  return pastOf([...runs, ownRun(ground, target)], target.since.getTime());
}
