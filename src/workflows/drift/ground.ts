import { Problem } from "../../base/problem/index.ts";
import type { DriftFinding } from "../../domain/changes/index.ts";
import { layers, type StackDeclaration } from "../../domain/environments/index.ts";
import { undeclaredVersions, versionOf, type LiveVersion } from "../../domain/gates/index.ts";
import { environmentBranch, ledgerOf, readRevision, type Estate, type Revision } from "../estate/index.ts";
import type { EnvironmentRecord, Ledger, StackRecord } from "../ledger/index.ts";

/** A live stack with the commit it was good at, and the declaration it was applied with. */
export interface LivePlace {
  readonly stack: StackDeclaration;
  readonly commit: string;
}

/** What drift is judged from: the record of what is live, and the rules that are. */
export interface Ground {
  readonly environment: string;
  readonly ledger: Ledger;
  readonly live: EnvironmentRecord;
  /** The environment as the live head of its branch declares it; undefined before its first good apply. */
  readonly rules: Revision | undefined;
  readonly places: readonly LivePlace[];
}

const declarationOf = (record: StackRecord): StackDeclaration | undefined => record["declaration"] as StackDeclaration | undefined;

/** How a stack is handled follows the live head even where the stack itself was last applied long before: such rules touch no stack. */
function handled(applied: StackDeclaration, rules: Revision | undefined): StackDeclaration {
  const declared = rules?.environment.stacks.find((one) => one.name === applied.name);
  if (declared === undefined) return applied;
  const { approvals: _approvals, guards: _guards, ...rest } = applied;
  const { approvals, guards, drift } = declared;
  return { ...rest, drift, ...(approvals === undefined ? {} : { approvals }), ...(guards === undefined ? {} : { guards }) };
}

/** Live stacks with the declaration they were applied with: drift is judged at the live commit, not at the head. */
function livePlaces(live: EnvironmentRecord, rules: Revision | undefined): LivePlace[] {
  const places = Object.values(live.stacks).flatMap((record) => {
    const stack = declarationOf(record);
    const commit = record.lastGood?.commit ?? record.commit;
    // A first attempt that failed before it made anything left nothing to compare.
    const isNothing = record.lastGood === null && record.resources === 0;
    return stack === undefined || commit === null || isNothing ? [] : [{ stack: handled(stack, rules), commit }];
  });
  return places.sort((a, b) => layers.indexOf(a.stack.layer) - layers.indexOf(b.stack.layer));
}

/** Reads the record and the live rules, as last fetched. ENVIRONMENT_UNKNOWN when nothing was ever applied. */
export async function groundAsFetched(estate: Estate, environment: string): Promise<Ground> {
  const ledger = await ledgerOf(estate, environment);
  const live = (await ledger.read({ fetch: false }))?.environment;
  if (live === undefined) {
    await environmentBranch(estate, environment, undefined);
    throw new Problem("ENVIRONMENT_UNKNOWN", {
      what: `${environment} was never applied: there is nothing to compare with`,
      on: `branch ${ledger.branch}`,
      todo: `Run: trueup apply ${environment}`,
    });
  }
  const rules = live.branch === null ? undefined : await readRevision(estate, live.branch.head, environment);
  return { environment, ledger, live, rules, places: livePlaces(live, rules) };
}

/** The same as it is now, for who is about to look. */
export async function readGround(estate: Estate, environment: string): Promise<Ground> {
  estate.observe({ kind: "step", text: `reading what is live in ${environment}` });
  await estate.repository.fetch();
  const live = (await (await ledgerOf(estate, environment)).read({ fetch: false }))?.environment;
  estate.warm(live?.identity?.cloud);
  return groundAsFetched(estate, environment);
}

/** The places to look at: those of `names`, or all. STACK_UNKNOWN for one that is not live. */
export function placesOf(ground: Ground, names: readonly string[] | undefined): readonly LivePlace[] {
  if (names === undefined) return ground.places;
  const unknown = names.find((name) => !ground.places.some(({ stack }) => stack.name === name));
  if (unknown === undefined) return ground.places.filter(({ stack }) => names.includes(stack.name));
  throw new Problem("STACK_UNKNOWN", {
    what: `the stack "${unknown}" is not live in ${ground.environment}`,
    on: `environment ${ground.environment}`,
    todo: `Live: ${ground.places.map(({ stack }) => stack.name).join(", ") || "none"}.`,
  });
}

function liveVersions(live: EnvironmentRecord): Record<string, LiveVersion> {
  const found: Record<string, LiveVersion> = {};
  for (const [name, record] of Object.entries(live.stacks)) {
    const stack = declarationOf(record);
    if (stack === undefined || record.lastGood === null) continue;
    const version = versionOf(stack);
    found[name] = { requires: stack.requires, ...(version === undefined ? {} : { version }) };
  }
  return found;
}

/** What needs no look at the cloud: live stacks that are declared nowhere, and live versions that do not fit. */
export function standingFindings({ live, rules }: Pick<Ground, "live" | "rules">, stacks: readonly string[]): readonly DriftFinding[] {
  const declared = new Set(rules?.environment.stacks.map(({ name }) => name));
  const orphans = Object.entries(live.stacks).flatMap(([stack, { resources }]): DriftFinding[] => {
    if (rules === undefined || declared.has(stack) || rules.environment.retire[stack] !== undefined) return [];
    const kind = "orphaned-stack";
    return [{ stack, urn: kind, type: "", name: stack, kind, properties: [], protected: false, stateful: false, resources }];
  });
  return [...undeclaredVersions(liveVersions(live)), ...orphans].filter(({ stack }) => stacks.includes(stack));
}
