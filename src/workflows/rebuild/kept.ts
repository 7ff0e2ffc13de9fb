import { join } from "node:path";
import { z } from "zod";
import type { StateSummary } from "../../adapters/engine/index.ts";
import { making } from "../../domain/changes/index.ts";
import type { Estate } from "../estate/index.ts";
import type { RunRecord } from "../ledger/index.ts";

/** A state that was kept beside the clone before a run touched it. */
export interface Backup {
  readonly name: string;
  /** As the engine exports it. */
  readonly deployment: string;
  /** The run that was about to touch it, or that was at work, or the last one to have been, when it was kept. */
  readonly run: string;
}

/** An id that something kept of an object. */
export interface KeptId {
  readonly urn: string;
  readonly id: string;
  /** "the state backup of 20 Nov", in words. */
  readonly from: string;
  /** Something was done to the stack since then of which not everything is known. */
  readonly isOld?: boolean;
}

const deployed = z.looseObject({
  deployment: z.looseObject({
    resources: z
      .array(
        z.looseObject({
          urn: z.string(),
          type: z.string(),
          custom: z.boolean().optional(),
          id: z.string().optional(),
          delete: z.boolean().optional(),
          pendingReplacement: z.boolean().optional(),
        }),
      )
      .nullish(),
  }),
});

const folderOf = ({ work }: Pick<Estate, "work">, environment: string, stack: string): string => join(work, "backups", environment, stack);

function parsed(text: string): z.infer<typeof deployed> | undefined {
  try {
    return deployed.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Ids in an exported state. What only waits to be deleted, or was deleted for another one, is not what the program means. */
export function idsIn(deployment: string, from: string): readonly KeptId[] {
  return (parsed(deployment)?.deployment.resources ?? []).flatMap(
    ({ urn, type, custom, id, delete: isLeaving = false, pendingReplacement: isGone = false }) => {
      const isObject = custom === true && id !== undefined && id !== "" && !type.startsWith("pulumi:") && !isLeaving && !isGone;
      return isObject ? [{ urn, id, from }] : [];
    },
  );
}

/** `<time>-<run>.json`, whose run has two hyphens of its own. */
const runIn = (name: string): string => name.slice(0, -".json".length).split("-").slice(-3).join("-");

/** `2026-03-02T092107.858Z-…` → milliseconds since 1970. */
function keptMs(name: string): number {
  return Date.parse(name.slice(0, "2026-03-02T092107.858Z".length).replace(/T(\d\d)(\d\d)/, "T$1:$2:"));
}

/** Whose work a backup is from before. One that a recovery kept has no run in its name: it is of the last one that had begun by then. */
function runBefore(name: string, runs: readonly RunRecord[]): string {
  const named = runIn(name);
  if (runs.some(({ id }) => id === named)) return named;
  return runs.find(({ startedAt }) => Date.parse(startedAt) <= keptMs(name))?.id ?? named;
}

/** The newest backup of a stack that can be read and holds anything. `runs`: the newest first. */
export async function newestBackup(
  estate: Estate,
  { environment, stack, runs }: { readonly environment: string; readonly stack: string; readonly runs: readonly RunRecord[] },
): Promise<Backup | undefined> {
  const folder = folderOf(estate, environment, stack);
  const names = (await estate.host.files.list(folder)).filter((name) => name.endsWith(".json"));
  for (const name of names.toReversed()) {
    const deployment = await estate.host.files.read(join(folder, name));
    if (deployment !== undefined && idsIn(deployment, name).length > 0) return { name, deployment, run: runBefore(name, runs) };
  }
  return undefined;
}

/** The state as it is now, to be kept for good: the last resort of a person, and of a rebuild that dies. */
export async function keepState(
  estate: Estate,
  about: { readonly environment: string; readonly stack: string; readonly run: string },
  state: StateSummary,
): Promise<string> {
  const name = `${estate.clock.now().toISOString().replaceAll(":", "")}-${about.run}.json`;
  await estate.host.files.write(join(folderOf(estate, about.environment, about.stack), name), state.deployment);
  return name;
}

type ToldStack = RunRecord["units"][number]["stacks"][number];

/** What a run says that it did to one stack, the last first: the way back came after what it takes back. */
function toldOf({ units }: RunRecord, stack: string): readonly ToldStack[] {
  return units.toReversed().flatMap(({ stacks, back = [] }) => [...back, ...stacks].filter((one) => one.stack === stack));
}

/** Failures after which an engine may have done more than it told, or than anybody could write down. */
const untold = /^(ENGINE_|STATE_UNREACHABLE|STATE_CORRUPTED|LEASE_LOST|LEDGER_|REMOTE_|CANCELLED|DISK_FULL|INTERNAL)/;

/** Whether more may have been made than is told: it died, its engine did, an answer of the cloud was lost, or there was too much to tell. */
function isPartial({ result, urns, urnsLeftOut, stateBefore, stateAfter, problem }: ToldStack): boolean {
  if (urnsLeftOut > 0 || result === "applying") return true;
  return result !== "good" && ((problem !== null && untold.test(problem.code)) || (urns.length === 0 && stateBefore !== stateAfter));
}

/** What a run found of a stack's state, and what it left. Both are one digest where it did nothing. */
function statesOf(told: readonly ToldStack[]): { readonly before: string | undefined; readonly after: string | undefined } {
  return { before: told.at(-1)?.stateBefore, after: told[0]?.stateAfter };
}

/**
 * Where the newest thing stands of which it is not told all that it made of a stack; after the last run where there is none. A run that ended short, or, half
 * way between two runs, what changed the state that the earlier one left: a run that died before it could tell anything, or somebody without trueup. A
 * rebuild that is still to be gone on with is none while the state that it began is there: that has what it made.
 */
function newestPartial(runs: readonly RunRecord[], stack: string, isThere: boolean): number {
  let isGoingOn = isThere;
  let later: { readonly at: number; readonly before: string | undefined } | undefined;
  for (const [at, run] of runs.entries()) {
    const own = toldOf(run, stack);
    if (own.length === 0) continue;
    const { before, after } = statesOf(own);
    isGoingOn &&= run.kind === "rebuild" && own.every(({ result }) => result !== "good");
    if (isGoingOn) {
      // It found none, and began the one that is there.
      isGoingOn = before !== "";
      continue;
    }
    if (later?.before !== undefined && later.before !== after) return later.at + 0.5;
    if (own.some(isPartial)) return at;
    // A rebuild begins with what was lost.
    later = { at, before: run.kind === "rebuild" ? undefined : before };
  }
  return runs.length;
}

/** Of a stack without its state: whether a run, or a later one, may have made more of it than it tells. A run that is not among these may be any. */
export function isPartialSince(runs: readonly RunRecord[], stack: string, run: string): boolean {
  const at = runs.findIndex(({ id }) => id === run);
  return at < 0 || newestPartial(runs, stack, false) <= at;
}

/** Ids that runs said of what they made, or took in, in one stack; the last word on each urn. `runs`: the newest first. `isThere`: its state is not lost. */
export function idsOfRuns(runs: readonly RunRecord[], stack: string, isThere: boolean): readonly KeptId[] {
  const last = new Map<string, KeptId | undefined>();
  const partial = newestPartial(runs, stack, isThere);
  /** Made by a run that does not say as what: an id that is a secret, or a record of a version that left it out. */
  const unnamed = new Set<string>();
  for (const [at, run] of runs.entries()) {
    const told = (urn: string, id: string | undefined, source: string): void => {
      const isOld = at > partial || unnamed.has(urn);
      if (!last.has(urn)) last.set(urn, id === undefined ? undefined : { urn, id, from: source, ...(isOld ? { isOld } : {}) });
    };
    const from = `the ledger (run ${run.id})`;
    for (const { urns } of toldOf(run, stack)) {
      for (const { urn, operation } of urns) if (operation === "delete") told(urn, undefined, from);
      for (const { urn, operation, id } of urns) {
        if (!making.has(operation)) continue;
        if (id === undefined) unnamed.add(urn);
        else told(urn, id, from);
      }
    }
    for (const one of run.recovered ?? []) if (one.stack === stack && one.kind === "adopt") told(one.urn, one.id, from);
  }
  return [...last.values()].flatMap((one) => one ?? []);
}

/** Ids of what a run, and those after it, made of one stack. Nothing where that run is not among these: then nobody knows which came after it. */
export function idsSince(runs: readonly RunRecord[], stack: string, run: string): readonly KeptId[] {
  const at = runs.findIndex(({ id }) => id === run);
  return idsOfRuns(runs.slice(0, at + 1), stack, false);
}

/**
 * What this run, and those after it, said that they deleted, and none of them made again: a state from before it has that still, and what is there under its id
 * by now may be somebody else's. Nothing where that run is not among these.
 */
export function deletedSince(runs: readonly RunRecord[], stack: string, run: string): ReadonlySet<string> {
  const at = runs.findIndex(({ id }) => id === run);
  const isDeleted = new Map<string, boolean>();
  const told = (urn: string, deleted: boolean): void => void (isDeleted.has(urn) || isDeleted.set(urn, deleted));
  for (const one of runs.slice(0, at + 1)) {
    for (const { stack: of, kind, urn } of one.recovered ?? []) if (of === stack && kind === "adopt") told(urn, false);
    for (const { urns } of toldOf(one, stack)) for (const { urn, operation } of urns) told(urn, operation === "delete");
  }
  return new Set([...isDeleted].flatMap(([urn, deleted]) => (deleted ? [urn] : [])));
}

/** How long a stack took in the newest run in which it was good and something was done. */
export function tookMs(runs: readonly RunRecord[], stack: string): number | undefined {
  for (const { units } of runs) {
    const one = units.flatMap(({ stacks }) => stacks).find((each) => each.stack === stack);
    if (one?.result === "good" && one.action === "apply" && one.durationMs > 0) return one.durationMs;
  }
  return undefined;
}
