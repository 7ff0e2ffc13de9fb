import { canonicalJson } from "../../base/json/index.ts";
import { Problem } from "../../base/problem/index.ts";
import type { Environment } from "../../domain/environments/index.ts";
import { explainWindows, holdsAt, zoneOf } from "../../domain/gates/index.ts";
import type { WindowsReport } from "../../domain/reports/index.ts";
import { environmentBranch, ledgerOf, treeOf, type Estate } from "../estate/index.ts";

async function declaredAt(estate: Estate, commit: string, environment: string): Promise<Environment> {
  return estate.programs.environment(await treeOf(estate.repository, commit), environment);
}

/** What the head would change once it is live; undefined: nothing, or it cannot be read, which an apply of it will tell. */
async function comingNote(estate: Estate, rules: Environment, head: string): Promise<string | undefined> {
  const coming = await declaredAt(estate, head, rules.name).catch((thrown: unknown) => {
    if (thrown instanceof Problem) return undefined;
    throw thrown;
  });
  if (coming === undefined || canonicalJson(coming.windows) === canonicalJson(rules.windows)) return undefined;
  return `the branch changes the windows at ${head.slice(0, 7)}; they hold once that is live`;
}

/**
 * What windows and holds say of a time, by the rules that judge: those of what is live, or of the branch where nothing is. Answered from git alone.
 * Raises ENVIRONMENT_UNKNOWN, BRANCH_MISSING, ENVIRONMENT_INVALID.
 */
export async function environmentWindows(estate: Estate, environment: string, at: Date): Promise<WindowsReport> {
  await estate.repository.fetch();
  const live = (await (await ledgerOf(estate, environment)).read({ fetch: false }))?.environment;
  const { head } = await environmentBranch(estate, environment, live?.branch?.name);
  const commit = live?.branch?.head ?? head;
  const rules = await declaredAt(estate, commit, environment);
  const note = commit === head ? undefined : await comingNote(estate, rules, head);
  return {
    environment,
    at: at.toISOString(),
    zone: zoneOf(rules.windows),
    rules: commit,
    actions: explainWindows(rules.windows, at),
    holds: live === undefined ? [] : holdsAt(live, at),
    override: { command: `trueup apply ${environment} --override window --reason "…"`, from: rules.approvals.from },
    ...(note === undefined ? {} : { note }),
  };
}
