import { didYouMean, Problem } from "../../base/problem/index.ts";
import type { Engine, StackSite } from "../../adapters/engine/index.ts";
import type { Sha } from "../../adapters/git/index.ts";
import { layers, type StackDeclaration } from "../../domain/environments/index.ts";
import { identityOf, refuseElsewhere } from "../inspection/index.ts";
import {
  environmentBranch,
  ledgerOf,
  prepareSites,
  readRevision,
  readRevisionOrRemoved,
  type EnvironmentBranch,
  type Estate,
  type Revision,
  type UnknownMarks,
} from "../estate/index.ts";
import type { EnvironmentRecord, Ledger, StackRecord } from "../ledger/index.ts";
import type { RebuildRequest } from "./request.ts";

/** One stack as it was live: the commit that it is made again from, and where it runs. */
export interface Place {
  readonly stack: StackDeclaration;
  readonly commit: Sha;
  readonly revision: Revision;
  readonly record: StackRecord | undefined;
  site(marks?: UnknownMarks): Promise<StackSite>;
}

/** What a rebuild is decided from. */
export interface Ground {
  readonly estate: Estate;
  readonly request: RebuildRequest;
  readonly ledger: Ledger;
  /** undefined: no ledger is left, or nothing was ever applied. */
  readonly live: EnvironmentRecord | undefined;
  readonly branch: EnvironmentBranch;
  /** The rules that are live. */
  readonly rules: Revision;
  readonly engine: Engine;
  /** In the order of layers. */
  readonly places: readonly Place[];
  readonly identity: Readonly<Record<string, string>>;
}

type Read = Pick<Ground, "estate" | "request" | "live" | "branch">;

/** The commit that `--from` names. One that never was on the environment's branch, or is not live yet, was approved by nobody. */
async function fromCommit({ estate, request, live, branch }: Read): Promise<Sha | undefined> {
  const { from, environment } = request;
  if (from === undefined) return undefined;
  const commit = await estate.repository.fetchLocal(estate.root, from);
  const head = live?.branch?.head ?? branch.head;
  if (await estate.repository.isAncestor(commit, head)) return commit;
  throw new Problem("REF_INVALID", {
    what: `${commit.slice(0, 7)} was never live in ${environment}: it is not part of ${branch.name} up to ${head.slice(0, 7)}`,
    on: "--from",
    todo: `Nothing was touched. Take a commit from: trueup log ${environment}; newer code comes by: trueup apply ${environment}`,
  });
}

/** Stack → the commit that it is made again from. */
async function commitsOf(read: Read): Promise<ReadonlyMap<string, Sha>> {
  const { estate, request, live, branch } = read;
  const from = await fromCommit(read);
  const recorded = Object.entries(live?.stacks ?? {}).flatMap(([name, { lastGood }]) => (lastGood === null ? [] : [[name, lastGood.commit] as const]));
  if (from === undefined && recorded.length > 0) return new Map(recorded);
  const commit = from ?? branch.head;
  const { environment } = await readRevision(estate, commit, request.environment);
  return new Map(environment.stacks.map(({ name }) => [name, commit]));
}

/** Where states are and what opens them is as the head of the branch says, as for every run: that is where a new passphrase or backend is named. */
async function readAt({ estate, request, branch, live }: Read, commit: Sha): Promise<Revision> {
  const revision = await readRevision(estate, commit, request.environment);
  if (commit === branch.head) return revision;
  const head = await readRevisionOrRemoved(estate, branch.head, { name: request.environment, live });
  if (head.removed === true) return revision;
  const { secrets, backend } = head.environment;
  return { ...revision, environment: { ...revision.environment, secrets, backend } };
}

async function placesAt(read: Read, commit: Sha, names: readonly string[]): Promise<readonly Place[]> {
  const revision = await readAt(read, commit);
  const stacks = revision.environment.stacks.filter(({ name }) => names.includes(name));
  const sites = await prepareSites(read.estate, revision, stacks);
  return stacks.map((stack) => ({ stack, commit, revision, record: read.live?.stacks[stack.name], site: (marks) => sites.site(stack, marks) }));
}

/** A stack as the commit has it that was being applied to it when it was lost, where that is another one: it may have made more than what was good. */
export async function attemptOf(ground: Ground, { stack: { name }, commit, record }: Place): Promise<Place | undefined> {
  if (record === undefined || record.result === "good" || record.commit === null || record.commit === commit) return undefined;
  const [place] = await placesAt(ground, record.commit, [name]);
  return place;
}

function refuseUnknown({ request }: Read, places: readonly Place[]): void {
  const names = places.map(({ stack }) => stack.name);
  const unknown = [...(request.stacks ?? []), ...request.gone].find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new Problem("STACK_UNKNOWN", {
    what: `the stack "${unknown}" was never good in ${request.environment}: there is nothing to make again`,
    on: `environment ${request.environment}`,
    todo: `Nothing was touched. Stacks: ${names.join(", ") || "none"}.${didYouMean(unknown, names)}`,
  });
}

/** What is on the ledger's record of it decides; without one, what the branch says. As fetched now. */
export async function readGround(estate: Estate, request: RebuildRequest): Promise<Ground> {
  const { environment } = request;
  estate.observe({ kind: "step", text: `reading what was live in ${environment}` });
  await estate.repository.fetch();
  const ledger = await ledgerOf(estate, environment);
  const live = (await ledger.read({ fetch: false }))?.environment;
  estate.warm(live?.identity?.cloud);
  const branch = await environmentBranch(estate, environment, live?.branch?.name);
  const read: Read = { estate, request, live, branch };
  const rules = await readAt(read, live?.branch?.head ?? branch.head);
  const commits = await commitsOf(read);
  const places: Place[] = [];
  for (const [commit, entries] of Map.groupBy(commits, ([, at]) => at)) {
    const names = entries.map(([name]) => name);
    places.push(...(await placesAt(read, commit, names)));
  }
  places.sort((a, b) => layers.indexOf(a.stack.layer) - layers.indexOf(b.stack.layer));
  refuseUnknown(read, places);
  const [first] = places;
  const identity = await identityOf(rules.environment, first === undefined ? {} : (await first.site()).variables);
  refuseElsewhere(environment, live?.identity, identity);
  return { estate, request, ledger, live, branch, rules, places, identity, engine: await estate.engine(rules.environment) };
}
