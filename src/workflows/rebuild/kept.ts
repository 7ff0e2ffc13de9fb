import { join } from "node:path";
import { z } from "zod";
import type { StateSummary } from "../../adapters/engine/index.ts";
import type { Estate } from "../estate/index.ts";
import type { Ledger, RunRecord } from "../ledger/index.ts";

/** A state that was kept beside the clone before a run touched it. */
export interface Backup {
  readonly name: string;
  /** As the engine exports it. */
  readonly deployment: string;
}

/** An id that something kept of an object. */
export interface KeptId {
  readonly urn: string;
  readonly id: string;
  /** "the state backup of 20 Nov", in words. */
  readonly from: string;
}

const deployed = z.looseObject({
  deployment: z.looseObject({
    resources: z
      .array(z.looseObject({ urn: z.string(), type: z.string(), custom: z.boolean().optional(), id: z.string().optional(), delete: z.boolean().optional() }))
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

/** Ids in an exported state. What only waits to be deleted is not what the program means. */
export function idsIn(deployment: string, from: string): readonly KeptId[] {
  return (parsed(deployment)?.deployment.resources ?? []).flatMap(({ urn, type, custom, id, delete: isLeaving }) => {
    const isObject = custom === true && id !== undefined && id !== "" && !type.startsWith("pulumi:") && isLeaving !== true;
    return isObject ? [{ urn, id, from }] : [];
  });
}

/** The newest backup of a stack that can be read and holds anything. */
export async function newestBackup(estate: Estate, environment: string, stack: string): Promise<Backup | undefined> {
  const folder = folderOf(estate, environment, stack);
  const names = (await estate.host.files.list(folder)).filter((name) => name.endsWith(".json"));
  for (const name of names.toReversed()) {
    const deployment = await estate.host.files.read(join(folder, name));
    if (deployment !== undefined && idsIn(deployment, name).length > 0) return { name, deployment };
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

/** Records that are read for ids and times: each is a file of the ledger. */
const mostRuns = 60;

/** Records of the runs that the ledger still has, newest first. */
export async function recentRuns({ repository }: Estate, ledger: Ledger): Promise<readonly RunRecord[]> {
  const head = await repository.branch(ledger.branch);
  if (head === undefined) return [];
  const names = (await repository.list(head, "runs")).map(({ path }) => path.slice("runs/".length, -".json".length)).sort();
  const found: RunRecord[] = [];
  for (const id of names.slice(-mostRuns).toReversed()) {
    // What a record cannot tell is only less that is known.
    const run = await ledger.run(id).catch(() => undefined);
    if (run !== undefined) found.push(run);
  }
  return found;
}

const making: ReadonlySet<string> = new Set(["create", "replace", "import"]);

/** Ids that runs said of what they made, or took in, in one stack; the last word on each urn. */
export function idsOfRuns(runs: readonly RunRecord[], stack: string): readonly KeptId[] {
  const last = new Map<string, KeptId | undefined>();
  const told = (urn: string, id: string | undefined, from: string): void => {
    if (!last.has(urn)) last.set(urn, id === undefined ? undefined : { urn, id, from });
  };
  for (const run of runs) {
    const from = `the ledger (run ${run.id})`;
    const own = run.units.flatMap(({ stacks }) => stacks).filter((one) => one.stack === stack);
    for (const { urns } of own) {
      for (const { urn, operation } of urns) if (operation === "delete") told(urn, undefined, from);
      for (const { urn, operation, id } of urns) if (making.has(operation) && id !== undefined) told(urn, id, from);
    }
    for (const one of run.recovered ?? []) if (one.stack === stack && one.kind === "adopt") told(one.urn, one.id, from);
  }
  return [...last.values()].flatMap((one) => one ?? []);
}

/** How long a stack took in the newest run in which it was good and something was done. */
export function tookMs(runs: readonly RunRecord[], stack: string): number | undefined {
  for (const { units } of runs) {
    const one = units.flatMap(({ stacks }) => stacks).find((each) => each.stack === stack);
    if (one?.result === "good" && one.action === "apply" && one.durationMs > 0) return one.durationMs;
  }
  return undefined;
}
