import { adoptionText, terminalBlock, type Look } from "../../domain/reports/index.ts";
import type { Forge } from "../../adapters/forges/index.ts";
import { adoptDrift, ignoreDrift } from "../drift/index.ts";
import type { Estate } from "../estate/index.ts";
import { afterRun } from "./after-run.ts";
import type { ActionOptions } from "./commands-actions.ts";
import type { Ordered, Outcome } from "./orders.ts";

const look: Look = { width: 110, color: false, unicode: true };

interface Asked {
  readonly ordered: Ordered;
  readonly options: ActionOptions;
}

function aboutOf({ environment, stack = "", finding }: Ordered): { readonly environment: string; readonly stack: string; readonly finding?: string } {
  return { environment, stack, ...(finding === undefined ? {} : { finding }) };
}

function signalsOf({ signal, hardSignal }: ActionOptions): Pick<ActionOptions, "signal" | "hardSignal"> {
  return { ...(signal === undefined ? {} : { signal }), ...(hardSignal === undefined ? {} : { hardSignal }) };
}

/** Keeps what is live, as a pull request of its own. */
export async function adopt(estate: Estate, { ordered, options }: Asked): Promise<Outcome> {
  const adoption = await adoptDrift(estate, aboutOf(ordered), { ...signalsOf(options), by: `@${ordered.by}` });
  const { problem, pullRequest, branch, left } = adoption;
  const markdown = terminalBlock(adoptionText(adoption, look));
  if (problem !== undefined) return { ok: false, says: `${problem.code}: ${problem.what}. ${problem.todo}`, markdown };
  const open = left.length === 0 ? "" : "; not everything could be written";
  if (branch === undefined) return { ok: false, says: "nothing was written: see what to edit", markdown };
  return { ok: left.length === 0, says: `${pullRequest === undefined ? `on the branch ${branch}` : `proposed in ${pullRequest.url}`}${open}`, markdown };
}

/** Says of a finding that it is not ours. A day that no calendar has is none that is ahead. */
export async function ignore(estate: Estate, forge: Forge, { ordered, options }: Asked): Promise<Outcome> {
  const { environment, text, until = "", by } = ordered;
  const end = new Date(`${until}T00:00Z`);
  if (Number.isNaN(end.getTime()) || !end.toISOString().startsWith(until)) return { ok: false, says: `no calendar has ${until}. Nothing was changed.` };
  const { rules } = await ignoreDrift(estate, { ...aboutOf(ordered), reason: text, by: `@${by}` }, { until: end, ...signalsOf(options) });
  await afterRun(estate, forge, { environment, drift: true, ...(options.signal === undefined ? {} : { signal: options.signal }) });
  const [first] = rules;
  return { ok: true, says: `${rules.map(({ path }) => path).join(", ")} of ${first?.name ?? ""} counts no more until ${until}` };
}
