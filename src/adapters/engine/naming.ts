import { parse, resourcesOf, type Resource } from "./deployment.ts";
import type { StackSite } from "./port.ts";

/** What names other resources of a state. */
export const naming = ["dependencies", "propertyDependencies", "parent", "deletedWith", "replaceWith"] as const;

function namesIn({ dependencies, propertyDependencies, parent, deletedWith, replaceWith }: Resource): readonly string[] {
  const lists = [dependencies, replaceWith, ...Object.values(propertyDependencies ?? {})];
  return [...lists.flatMap((urns) => urns ?? []), ...[parent, deletedWith].flatMap((urn) => urn ?? [])];
}

/** The resources of an export that name one of these. Of what is only to be deleted nothing is said any more. Raises STATE_CORRUPTED. */
export function whoNames(deployment: string, urns: readonly string[], site: StackSite): readonly string[] {
  const asked = new Set(urns);
  const found = resourcesOf(parse(deployment, site)).filter((one) => one.delete !== true && namesIn(one).some((urn) => asked.has(urn)));
  return [...new Set(found.map(({ urn }) => urn))];
}
