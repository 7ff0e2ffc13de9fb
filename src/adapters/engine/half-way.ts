import { parse, pendingOf, resourcesOf, written, type Resource } from "./deployment.ts";
import type { StackSite } from "./port.ts";
import { isFreed } from "./state.ts";

/**
 * A state from which no engine deletes again what it had deleted for another object; undefined where this one is so already. Where that other object then is
 * not made, and the program turns back, the engine makes the older one anew and deletes what its record names: of a thing whose name is its id, the new one.
 * An operation that never ended would be forgotten with what is imported: then it is left as it is.
 */
export function sparing(text: string, site: StackSite): string | undefined {
  const all = parse(text, site);
  const isExposed = (one: Resource): boolean => isFreed(one) && one.retainOnDelete !== true;
  if (!resourcesOf(all).some(isExposed) || pendingOf(all).length > 0) return undefined;
  return written(
    all,
    resourcesOf(all).map((one) => (isExposed(one) ? { ...one, retainOnDelete: true } : one)),
    [],
  );
}

const isProvider = ({ type }: Resource): boolean => type.startsWith("pulumi:providers:");
const refOf = ({ urn, id = "" }: Resource): string => `${urn}::${id}`;

/**
 * A state that an engine goes on with whose run ended while it replaced a provider: what it does by itself is to take the newer provider for the one that
 * made all that the older one made, and to say that nothing changed. Where nothing has moved yet the older one is put back in its place; else what has not
 * moved is marked as to be replaced. Undefined where there is nothing of that.
 */
export function goingOn(text: string, site: StackSite): string | undefined {
  if (!/"delete":\s*true/.test(text)) return undefined;
  const all = parse(text, site);
  let resources = resourcesOf(all);
  for (const older of resources.filter((one) => isProvider(one) && one.delete === true)) {
    const newer = resources.find((one) => one.urn === older.urn && one.delete !== true);
    const living = (provider: Resource): readonly Resource[] => resources.filter((one) => one.delete !== true && one.provider === refOf(provider));
    const left = new Set(living(older).filter((one) => one["taint"] !== true));
    if (newer === undefined || left.size === 0) continue;
    const hasMoved = living(newer).length > 0;
    resources = resources.flatMap((one) => {
      if (hasMoved) return [left.has(one) ? { ...one, taint: true } : one];
      if (one === newer) return [];
      return [one === older ? { ...one, delete: undefined } : one];
    });
  }
  const isSame = resources.length === resourcesOf(all).length && resources.every((one, at) => one === resourcesOf(all)[at]);
  return isSame ? undefined : written(all, resources, pendingOf(all));
}
