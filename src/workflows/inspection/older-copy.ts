import { randomBytes } from "node:crypto";
import { asProblem, Problem } from "../../base/problem/index.ts";
import { publicAddress } from "../../base/secret/index.ts";
import type { StackSite, StateSummary } from "../../adapters/engine/index.ts";
import type { StackDeclaration } from "../../domain/environments/index.ts";
import { prepareSites, type Estate, type Revision } from "../estate/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import { revisionAsKept } from "./other-backend.ts";

type Contents = { readonly resources: readonly Pick<StateSummary["resources"][number], "urn" | "id" | "modifiedAt">[] };

const contentsOf = ({ resources }: Contents): ReadonlyMap<string, string> =>
  new Map(resources.map(({ urn, id, modifiedAt = "" }) => [`${urn} ${id} ${modifiedAt}`, urn]));

/** Urns of which one state knows something that the other does not: that they are there, as which object, and when that was changed last. Pure. */
export function differing(one: Contents, other: Contents): readonly string[] {
  const [left, right] = [contentsOf(one), contentsOf(other)];
  const only = (of: ReadonlyMap<string, string>, than: ReadonlyMap<string, string>): readonly string[] =>
    [...of].flatMap(([key, urn]) => (than.has(key) ? [] : [urn]));
  return [...new Set([...only(left, right), ...only(right, left)])].toSorted();
}

interface Question {
  readonly revision: Revision;
  readonly live: EnvironmentRecord | undefined;
}

/** What is kept where the ledger says that the state is; undefined where no commit names that place, or it cannot be asked: a place may be given up for good. */
async function recordedState(estate: Estate, { revision, live }: Question, stack: StackDeclaration): Promise<StateSummary | undefined> {
  const kept = await revisionAsKept(estate, revision, { stack: stack.name, live });
  if (kept === undefined) return undefined;
  try {
    const sites = await prepareSites(estate, kept, [stack]);
    const site = await sites.site(stack, { stacks: [], outputs: {}, salt: randomBytes(16).toString("hex") });
    return await (await estate.engine(kept.environment)).exportState(site);
  } catch (thrown) {
    const { what } = asProblem(thrown, stack.name);
    estate.observe({ kind: "step", text: `${stack.name}: the place where its state was kept until now cannot be asked: ${what}` });
    return undefined;
  }
}

/**
 * Raises GUARD_REFUSED where a commit keeps the state of a stack elsewhere than it was worked on last, and what lies there is not the same: an older copy
 * knows nothing of what was made since, and working on it would leave that to nobody. A faithful copy passes, however it is encrypted.
 */
export async function refuseOlderCopy(
  estate: Estate,
  question: Question,
  { stack, site }: { readonly stack: StackDeclaration; readonly site: StackSite },
): Promise<void> {
  const { revision, live } = question;
  const record = live?.stacks[stack.name];
  const here = publicAddress(revision.environment.backend);
  if (record === undefined || record.backend === here) return;
  const state = await (await estate.engine(revision.environment)).exportState(site);
  if (!state.exists || state.digest === record.stateDigest) return;
  const there = await recordedState(estate, question, stack);
  const open = there?.exists === true ? differing(state, there) : [];
  if (open.length === 0) return;
  const { name } = revision.environment;
  throw new Problem("GUARD_REFUSED", {
    what: `its state in ${here} is not the one that was worked on last, which is in ${record.backend}: ${open.length} ${open.length === 1 ? "resource differs" : "resources differ"}, ${open[0] ?? ""}`,
    on: `${name}.${stack.name}`,
    todo: `Nothing was touched. Bring that state here (pulumi stack export there, pulumi stack import here), or name its place as \`backend\` again; then: trueup apply ${name}`,
  });
}
