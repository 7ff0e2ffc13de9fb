import { Problem } from "../../base/problem/index.ts";
import type { Engine } from "../../adapters/engine/index.ts";
import { awsAccount } from "../../adapters/identity/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import type { Consent, Override } from "../../domain/gates/index.ts";
import { readRevision, type Estate, type Revision } from "../estate/index.ts";
import { clustersIn, movedClusters } from "./clusters.ts";
import { runChecks } from "./checks.ts";
import type { Inspection, InspectionQuestion } from "./inspect.ts";
import { judgeInspection, type Judged, type Verdict } from "./verdict.ts";

type Levels = Environment["policies"]["levels"];
const strictness = ["disabled", "advisory", "mandatory"] as const;

/** What both say, the stricter; what one alone says counts only where it tightens. Each side's packs were run under its own levels already. */
function stricterLevels(live: Levels, commit: Levels): Levels {
  const names = new Set([...Object.keys(live), ...Object.keys(commit)]);
  const pairs = [...names].flatMap((name) => {
    const [a, b] = [live[name], commit[name]];
    if (a !== undefined && b !== undefined) return [[name, strictness.indexOf(a) >= strictness.indexOf(b) ? a : b] as const];
    const only = a ?? b;
    return only === "mandatory" ? [[name, only] as const] : [];
  });
  return Object.fromEntries(pairs);
}

/** The rules of what is live, from the commit that is; a new environment is judged by its own. */
async function liveRules(estate: Estate, revision: Revision, rulesFrom: string | undefined): Promise<Revision["environment"]> {
  if (rulesFrom === undefined) return revision.environment;
  try {
    const { environment } = await readRevision(estate, rulesFrom, revision.environment.name);
    return { ...environment, policies: { ...environment.policies, levels: stricterLevels(environment.policies.levels, revision.environment.policies.levels) } };
  } catch (thrown) {
    // An environment that is new at this commit has no other rules than its own. Anything else must not let a commit judge itself.
    if (thrown instanceof Problem && thrown.code === "ENVIRONMENT_UNKNOWN") return revision.environment;
    throw thrown;
  }
}

/** Whose cloud it is. Credentials that only the providers can find (profiles, metadata) tell no account: then the recorded one is not confirmed. */
export async function identityOf(environment: Environment, variables: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const asked = environment.cloud === "real" ? await awsAccount(variables) : undefined;
  return { cloud: environment.cloud, ...(asked?.kind === "known" ? { account: asked.account } : {}) };
}

/** Where the environment's own stacks lead to; asked only when a stack would go to another cluster than before. */
async function ownClusters(engine: Engine, { revision }: InspectionQuestion, inspection: Inspection): Promise<ReadonlySet<string>> {
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

/** Gathers what the gates ask for (rules of `rulesFrom`, checks, versions, the time) and judges the inspection. */
export async function judgeAll(
  estate: Estate,
  look: {
    readonly question: InspectionQuestion;
    readonly inspection: Inspection;
    readonly rulesFrom: string | undefined;
    readonly overrides?: readonly Override[];
    readonly consent?: Consent | undefined;
  },
): Promise<{ readonly verdict: Verdict; readonly judged: Judged }> {
  const { question, inspection } = look;
  const rules = await liveRules(estate, question.revision, look.rulesFrom);
  const first = [...inspection.stacks.values()][0];
  const engine = await estate.engine(question.revision.environment);
  const judged: Judged = {
    revision: question.revision,
    // Without a stack there is nothing that a check could speak for.
    rules: first === undefined ? { ...rules, checks: [] } : rules,
    live: question.live,
    commit: question.commit,
    at: estate.clock.now(),
    versions: { pulumi: await engine.version() },
    overrides: look.overrides ?? [],
    consent: look.consent,
    ownClusters: await ownClusters(engine, question, inspection),
    identity: await identityOf(question.revision.environment, first?.site.variables ?? {}),
    checks: first === undefined ? [] : await runChecks(estate, rules.checks, question.revision.tree),
  };
  return { judged, verdict: judgeInspection(judged, inspection) };
}
