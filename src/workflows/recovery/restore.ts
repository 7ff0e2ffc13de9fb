import { join } from "node:path";
import type { Engine, StackSite, StateCopy, StateSummary } from "../../adapters/engine/index.ts";
import { Problem } from "../../base/problem/index.ts";
import { unendedSince } from "../../domain/recovery/index.ts";
import type { Recovered } from "../ledger/index.ts";
import type { MendWork } from "./mend.ts";

/** A stack that is looked at before it is run. */
export interface Looked {
  readonly work: MendWork;
  readonly engine: Engine;
  readonly site: StackSite;
}

export interface Restored {
  readonly found: readonly Recovered[];
  /** What is to become the stack's state, once it is known how its operations ended. undefined: for the reason that `problem` gives. */
  readonly state: StateSummary | undefined;
  readonly problem: Problem | undefined;
}

const folderOf = ({ estate, environment }: MendWork, { stack }: StackSite): string => join(estate.work, "backups", environment.name, stack);

/** A state as it was found, beside the clone: the last resort of a person. */
export async function keep(work: MendWork, site: StackSite, deployment: string): Promise<void> {
  const at = work.estate.clock.now().toISOString().replaceAll(":", "");
  await work.estate.host.files.write(join(folderOf(work, site), `${at}-before-recovery.json`), deployment);
}

/** More than this many of our own copies are not looked at. */
const mostOwn = 10;

interface Copies {
  readonly newest: StateCopy | undefined;
  /** Whether everything that was done since the newest one is written down here: the last run of the stack was this host's, and did not begin after it. */
  readonly isCovered: boolean;
}

function isCovered({ work, site }: Looked, copies: readonly StateCopy[]): boolean {
  const last = work.live?.stacks[site.stack]?.run;
  const run = work.past.runs.find(({ holder }) => holder !== undefined && holder.run === last);
  const sessions = run?.sessions.filter(({ stack }) => stack === site.pulumiStack) ?? [];
  if (sessions.length === 0) return false;
  // What a run began with is kept under its name.
  return copies.some(({ from }) => from.endsWith(`-${last}.json`)) || (copies[0]?.savedMs ?? 0) >= Math.min(...sessions.map(({ at }) => at));
}

/** What there is to put in the place of a state. */
async function copiesOf(one: Looked): Promise<Copies> {
  const { work, engine, site } = one;
  const { files } = work.estate.host;
  const folder = folderOf(work, site);
  const names = (await files.list(folder)).slice(-mostOwn);
  const kept = await Promise.all(names.map(async (from) => ({ from, deployment: (await files.read(join(folder, from))) ?? "" })));
  const copies = await engine.copies(site, kept);
  return { newest: copies[0], isCovered: isCovered(one, copies) };
}

/** Nobody wrote down what was done since the copy: going on would make it again. The copy is put where a person can take it. */
async function leftToPerson({ work, site }: Looked, newest: StateCopy | undefined, thrown: Problem): Promise<Problem> {
  const on = `${work.environment.name}.${site.stack} (${site.pulumiStack})`;
  const command = `pulumi stack import -s ${site.pulumiStack} --file`;
  if (newest === undefined) {
    const todo = `Nothing of it was touched, and no whole copy of it is known here. Restore the newest export that you have: ${command} EXPORT`;
    return new Problem("STATE_CORRUPTED", { what: thrown.what, on, todo });
  }
  const name = "newest-copy.json";
  await work.estate.host.files.write(join(folderOf(work, site), name), newest.deployment);
  return new Problem("STATE_CORRUPTED", {
    what: `${thrown.what}, and no journal on this machine says what was done since its newest whole copy, of ${new Date(newest.savedMs).toISOString()}`,
    on,
    todo: `Nothing of it was touched. Look in the cloud what was made since then. To go on with the copy: ${command} .trueup/backups/${work.environment.name}/${site.stack}/${name}`,
  });
}

/**
 * A state that cannot be read any more (a disk that was full while an engine wrote it, a machine that lost power) is put together again: its newest
 * whole copy, with everything that engines told of since as operations of which nobody recorded the end. What becomes of those is found out like
 * after any engine that was killed.
 */
export async function restore(one: Looked, thrown: Problem): Promise<Restored> {
  const { work, engine, site } = one;
  const { newest, ...copies } = await copiesOf(one);
  if (newest === undefined || !copies.isCovered) return { found: [], state: undefined, problem: await leftToPerson(one, newest, thrown) };
  const unended = unendedSince(work.past.steps(site.pulumiStack), newest.resources);
  const found: Recovered[] = [
    {
      stack: site.stack,
      urn: "",
      operation: "state",
      kind: "restore",
      id: newest.from,
      because: `it cannot be read; its newest whole copy is of ${new Date(newest.savedMs).toISOString()}, and the journal has ${unended.length} resources to look up since`,
    },
  ];
  return { found, state: engine.withUnended(site, { deployment: newest.deployment, unended }), problem: undefined };
}
