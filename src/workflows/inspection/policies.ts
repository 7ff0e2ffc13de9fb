import { canonicalJson } from "../../base/json/index.ts";
import { Problem } from "../../base/problem/index.ts";
import type { EngineOutcome, StackSite } from "../../adapters/engine/index.ts";
import type { PolicyFinding } from "../../domain/changes/index.ts";
import { treeOf, type Estate, type Revision } from "../estate/index.ts";

type LivePolicies = NonNullable<StackSite["livePolicies"]>;

/**
 * The packs and levels of what is live, where this commit's are others: a commit must not write the law it is judged by. Undefined where they
 * are the same, and for an environment that is new.
 */
export async function livePolicies(estate: Estate, revision: Revision, live: string | undefined): Promise<LivePolicies | undefined> {
  if (live === undefined) return undefined;
  const tree = await treeOf(estate.repository, live);
  const own = revision.environment;
  const before = await estate.programs.environment(tree, own.name).catch((thrown: unknown) => {
    if (thrown instanceof Problem && thrown.code === "ENVIRONMENT_UNKNOWN") return undefined;
    throw thrown;
  });
  if (before === undefined || before.policies.packs.length === 0) return undefined;
  const [then, now] = await Promise.all([estate.programs.policies(tree, before), estate.programs.policies(revision.tree, own)]);
  const isSame = then.digest === now.digest && canonicalJson(before.policies.levels) === canonicalJson(own.policies.levels);
  return isSame ? undefined : { ...(await then.prepare()), levels: before.policies.levels };
}

const placeOf = ({ pack, policy, urn, message }: PolicyFinding): string => JSON.stringify([pack, policy, urn, message]);

/** What both say is said once, at the stricter level. */
function mergedFindings(own: readonly PolicyFinding[], live: readonly PolicyFinding[]): readonly PolicyFinding[] {
  const strict = new Set(live.filter(({ level }) => level === "mandatory").map(placeOf));
  const known = new Set(own.map(placeOf));
  return [
    ...own.map((finding) => (strict.has(placeOf(finding)) ? { ...finding, level: "mandatory" as const } : finding)),
    ...live.filter((finding) => !known.has(placeOf(finding))).map((finding) => ({ ...finding, from: "live" as const })),
  ];
}

function merged(own: EngineOutcome, live: EngineOutcome): EngineOutcome {
  const said = new Set(own.changes.diagnostics.map(({ message }) => message));
  const more = live.changes.diagnostics.filter(({ severity, message }) => severity === "error" && !said.has(message));
  return {
    ...own,
    // Packs that could not judge have not agreed.
    result: live.result,
    exitCode: live.exitCode,
    changes: { ...own.changes, policies: mergedFindings(own.changes.policies, live.changes.policies), diagnostics: [...own.changes.diagnostics, ...more] },
    durationMs: own.durationMs + live.durationMs,
  };
}

/**
 * A preview under the commit's packs, and another under those of what is live where they differ: two runs, since the engine does not say which of
 * two packs of one name it was. What fails under the first is not asked again.
 */
export async function previewUnderBoth(site: StackSite, preview: (site: StackSite) => Promise<EngineOutcome>): Promise<EngineOutcome> {
  const { livePolicies: live, ...alone } = site;
  const own = await preview(alone);
  if (live === undefined || own.result !== "succeeded") return own;
  return merged(own, await preview({ ...alone, policyPacks: live.packs, packsRoot: live.root, policyLevels: live.levels }));
}
