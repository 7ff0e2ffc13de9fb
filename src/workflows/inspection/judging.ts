import { awsAccount } from "../../adapters/identity/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import type { Override } from "../../domain/gates/index.ts";
import { readRevision, type Estate, type Revision } from "../estate/index.ts";
import { runChecks } from "./checks.ts";
import type { Inspection, InspectionQuestion } from "./inspect.ts";
import { judgeInspection, type Judged, type Verdict } from "./verdict.ts";

/** The rules of what is live, from the commit that is; a new environment is judged by its own. */
async function liveRules(estate: Estate, revision: Revision, rulesFrom: string | undefined): Promise<Revision["environment"]> {
  if (rulesFrom === undefined) return revision.environment;
  return readRevision(estate, rulesFrom, revision.environment.name).then(
    (live) => live.environment,
    () => revision.environment,
  );
}

/** Whose cloud it is. Credentials that only the providers can find (profiles, metadata) tell no account: then the recorded one is not confirmed. */
async function identityOf(environment: Environment, variables: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const asked = environment.cloud === "real" ? await awsAccount(variables) : undefined;
  return { cloud: environment.cloud, ...(asked?.kind === "known" ? { account: asked.account } : {}) };
}

/** Gathers what the gates ask for (rules of `rulesFrom`, checks, versions, the time) and judges the inspection. */
export async function judgeAll(
  estate: Estate,
  look: {
    readonly question: InspectionQuestion;
    readonly inspection: Inspection;
    readonly rulesFrom: string | undefined;
    readonly overrides?: readonly Override[];
  },
): Promise<{ readonly verdict: Verdict; readonly judged: Judged }> {
  const { question, inspection } = look;
  const rules = await liveRules(estate, question.revision, look.rulesFrom);
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
    identity: await identityOf(question.revision.environment, first?.site.variables ?? {}),
    checks: first === undefined ? [] : await runChecks(estate, rules.checks, first.site.repositoryRoot),
  };
  return { judged, verdict: judgeInspection(judged, inspection) };
}
