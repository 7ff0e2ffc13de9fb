import { Problem } from "../../base/problem/index.ts";
import type { Engine } from "../../adapters/engine/index.ts";
import { awsAccount } from "../../adapters/identity/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import type { Consent, Override } from "../../domain/gates/index.ts";
import type { Estate, Sites } from "../estate/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import { clustersIn, movedClusters } from "./clusters.ts";
import type { Inspection, InspectionQuestion, StackInspection } from "./inspect.ts";
import type { Looked } from "./look.ts";
import { judgeInspection, judgeStack, type Judged, type Midway, type Verdict } from "./verdict.ts";

/** Whose cloud it is. Credentials that only the providers can find (profiles, metadata) tell no account: then the recorded one is not confirmed. */
export async function identityOf(environment: Environment, variables: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const asked = environment.cloud === "real" ? await awsAccount(variables) : undefined;
  return { cloud: environment.cloud, ...(asked?.kind === "known" ? { account: asked.account } : {}) };
}

/** Under other credentials everything would seem gone, and would be made a second time. Raises IDENTITY_CHANGED. */
export function refuseElsewhere(environment: string, recorded: EnvironmentRecord["identity"] | undefined, now: Readonly<Record<string, string>>): void {
  for (const part of ["cloud", "account"] as const) {
    const was = recorded?.[part] ?? undefined;
    if (was === undefined || now[part] === was) continue;
    throw new Problem("IDENTITY_CHANGED", {
      what: `${part} is ${now[part] ?? "unknown now"}, but ${environment} was always applied to ${was}`,
      on: `environment ${environment}`,
      todo: "Nothing was touched. Check the credentials of this machine: what is gone there is not gone here.",
    });
  }
}

/** Where the environment's own stacks lead to; asked only when a stack would go to another cluster than before. */
async function ownClusters(
  engine: Engine,
  { revision }: Pick<InspectionQuestion, "revision">,
  inspection: Pick<Inspection, "stacks" | "sites">,
): Promise<ReadonlySet<string>> {
  const movers = [...inspection.stacks.values()].filter(({ outcome }) => outcome !== undefined && movedClusters(outcome.changes).length > 0);
  const names = new Set(movers.map((one) => one.affected.stack.name));
  const read = new Set(revision.closures.filter(({ stack }) => names.has(stack)).flatMap(({ reads = [] }) => reads.map(({ stack }) => stack)));
  const found = new Set<string>();
  for (const stack of revision.environment.stacks.filter(({ name }) => read.has(name))) {
    // A stack that has no outputs to read leads nowhere: then the other cluster is not known to be ours.
    const outputs = await engine.outputs(await inspection.sites.site(stack)).catch(() => ({}));
    for (const cluster of clustersIn(outputs)) found.add(cluster);
  }
  return found;
}

/** Gathers what else the gates ask for (versions, identity, the time) and judges what was looked at. */
export async function judgeAll(
  estate: Estate,
  look: {
    readonly question: InspectionQuestion;
    readonly looked: Looked;
    readonly overrides?: readonly Override[];
    readonly consent?: Consent | undefined;
  },
): Promise<{ readonly verdict: Verdict; readonly judged: Judged }> {
  const { question } = look;
  const { inspection, rules, checks } = look.looked;
  const first = [...inspection.stacks.values()][0];
  const engine = await estate.engine(question.revision.environment);
  const judged: Judged = {
    revision: question.revision,
    rules,
    live: question.live,
    commit: question.commit,
    at: estate.clock.now(),
    versions: { pulumi: await engine.version() },
    overrides: look.overrides ?? [],
    consent: look.consent,
    ownClusters: await ownClusters(engine, question, inspection),
    identity: await identityOf(question.revision.environment, estate.confinement?.variables ?? first?.site.variables ?? {}),
    checks,
  };
  return { judged, verdict: judgeInspection(judged, inspection) };
}

/**
 * Judges one stack that was looked at again before its wave. What was applied before it may have made another cluster: which are the environment's own is
 * asked anew, and what the others of the run destroy is counted when that is known, so that of two that are judged at once the second sees the first.
 */
export async function judgeAgain(
  estate: Estate,
  judged: Judged,
  again: { readonly inspected: StackInspection; readonly sites: Sites; readonly midway: () => Midway },
): Promise<ReturnType<typeof judgeStack>> {
  const { inspected, sites } = again;
  const engine = await estate.engine(judged.revision.environment);
  const own = await ownClusters(engine, judged, { stacks: new Map([[inspected.affected.stack.name, inspected]]), sites });
  return judgeStack({ ...judged, at: estate.clock.now(), ownClusters: own }, inspected, again.midway());
}
