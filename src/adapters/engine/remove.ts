import { parse, pendingOf, resourcesOf, written, type Resource } from "./deployment.ts";
import type { StackSite } from "./port.ts";
import { isFreed, recordOf } from "./state.ts";

type Pending = ReturnType<typeof pendingOf>[number];

/** What an operation was done to: a deletion names its object, an update is of the one that is there. */
export function doneTo(pending: Pending, resources: readonly Resource[]): readonly Resource[] {
  const urn = recordOf(pending, resources);
  const isIt = (one: Resource): boolean => (pending.type === "deleting" ? one.id === pending.resource.id : one.delete !== true && !isFreed(one));
  return resources.filter((one) => one.urn === urn && isIt(one));
}

/**
 * Resources in their order, without the names of those that are gone: the engine refuses a state that names what it does not have. What was below one of them is
 * below what that was below. A name that another resource before it still has stays.
 */
export function unnamed(resources: readonly Resource[], gone: readonly Resource[]): readonly Resource[] {
  const parents = new Map(gone.map(({ urn, parent }) => [urn, parent ?? undefined]));
  const seen = new Set<string>();
  const isLost = (urn: string): boolean => parents.has(urn) && !seen.has(urn);
  const left = (names: readonly string[] | null | undefined): string[] | undefined => names?.filter((urn) => !isLost(urn));
  const above = (urn: string | undefined): string | undefined => (urn === undefined || !isLost(urn) ? urn : above(parents.get(urn)));
  const clean = (one: Resource): Resource => ({
    ...one,
    dependencies: left(one.dependencies),
    replaceWith: left(one.replaceWith),
    propertyDependencies:
      one.propertyDependencies && Object.fromEntries(Object.entries(one.propertyDependencies).map(([key, names]) => [key, left(names) ?? []])),
    deletedWith: isLost(one.deletedWith ?? "") ? undefined : one.deletedWith,
    parent: above(one.parent ?? undefined),
  });
  return resources.map((one) => {
    const cleaned = gone.length === 0 ? one : clean(one);
    seen.add(one.urn);
    return cleaned;
  });
}

/** A deployment without the objects that it has under these urns; providers and components stay, which others may be of. Raises STATE_CORRUPTED. */
export function withoutObjects(deployment: string, urns: ReadonlySet<string>, site: StackSite): string {
  const all = parse(deployment, site);
  const isMeant = (one: Resource): boolean => urns.has(one.urn) && one["custom"] === true && !one.type.startsWith("pulumi:");
  const gone = resourcesOf(all).filter(isMeant);
  const left = resourcesOf(all).filter((one) => !isMeant(one));
  return gone.length === 0 ? deployment : written(all, unnamed(left, gone), pendingOf(all));
}
