import { attemptsIn, type Attempts, type ToldRun } from "../../domain/units/index.ts";
import { recentRuns, type RunRecord } from "../ledger/index.ts";
import type { RollbackGround, Target } from "./stack-back.ts";

/** What is imported is older than the run that took it in. */
const makes: ReadonlySet<string> = new Set(["create", "replace"]);

/** What one run says of a stack; undefined where it says nothing. */
function toldOf({ units, recovered = [], startedAt, endedAt }: RunRecord, stack: string): ToldRun | undefined {
  const unit = units.find(({ stacks }) => stacks.some((one) => one.stack === stack));
  const told = unit?.stacks.find((one) => one.stack === stack);
  if (unit === undefined || told === undefined) return undefined;
  const { urns, urnsLeftOut, result } = told;
  const taken = recovered.filter((one) => one.kind === "adopt" && one.stack === stack).map(({ urn }) => urn);
  // Of an engine that died nothing is told, and of a run that died neither.
  const isWhole = endedAt !== null && urnsLeftOut === 0 && (result === "good" || result === "skipped" || urns.length > 0);
  return {
    startedMs: Date.parse(startedAt),
    endedMs: endedAt === null ? undefined : Date.parse(endedAt),
    isGood: unit.result === "good",
    made: [...urns.filter(({ operation }) => makes.has(operation)).map(({ urn }) => urn), ...taken],
    mayHaveMadeMore: !isWhole,
  };
}

/** The very run that goes back, where its engine could not tell what it made. */
function untold({ untoldSince }: Target): readonly ToldRun[] {
  if (untoldSince === undefined) return [];
  return [{ startedMs: untoldSince.getTime(), endedMs: undefined, isGood: false, made: [], mayHaveMadeMore: true }];
}

/** What the attempts that are undone are known to have made of a stack, by the records of the ledger. */
export async function attemptsAt(ground: RollbackGround, target: Target): Promise<Attempts> {
  const records = await recentRuns(ground.estate.repository, ground.ledger);
  const runs = records.filter(({ id, kind }) => id !== ground.run && kind === "apply").flatMap((run) => toldOf(run, target.stack) ?? []);
  return attemptsIn([...runs, ...untold(target)], target.since.getTime());
}
