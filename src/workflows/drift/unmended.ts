import type { DriftFinding, KeptFinding, Memory, ResourceChange } from "../../domain/changes/index.ts";

/**
 * What repairs of a stack tried, and a look at it no longer finds: a repair reads what is live into the state first, and where the cloud then refuses the
 * rest, state and cloud are alike and both are not what git says.
 */
export function unseenTries({ findings }: Memory, stack: string, seen: readonly Pick<DriftFinding, "urn">[]): readonly KeptFinding[] {
  const found = new Set(seen.map(({ urn }) => urn));
  return findings.filter((one) => one.stack === stack && one.tries > 0 && !found.has(one.urn));
}

const kinds: Partial<Record<ResourceChange["operation"], "changed" | "gone">> = { create: "gone", update: "changed", replace: "changed" };

/** Those of them that still are not what git says, by what a whole run of the stack would do: as findings, whose `after` is what is live. */
export function stillDrifted(unseen: readonly KeptFinding[], planned: readonly ResourceChange[]): readonly DriftFinding[] {
  const tried = new Map(unseen.map(({ urn, stack }) => [urn, stack]));
  return planned.flatMap(({ urn, type, name, operation, properties, protected: isProtected, stateful }): DriftFinding[] => {
    const [stack, kind] = [tried.get(urn), kinds[operation]];
    if (stack === undefined || kind === undefined) return [];
    const turned = properties.map((one) => ({ ...one, before: one.after, after: one.before, replaces: false }));
    return [{ stack, urn, type, name, kind, properties: kind === "gone" ? [] : turned, protected: isProtected, stateful }];
  });
}
