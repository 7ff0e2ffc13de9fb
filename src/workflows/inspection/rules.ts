import { Problem } from "../../base/problem/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import { readRevision, type Estate, type Revision } from "../estate/index.ts";

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
export async function liveRules(estate: Estate, revision: Revision, rulesFrom: string | undefined): Promise<Revision["environment"]> {
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
