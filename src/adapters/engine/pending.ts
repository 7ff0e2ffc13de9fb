import type { Unended } from "../../domain/recovery/index.ts";
import { naming } from "./naming.ts";
import { parse, pendingOf, resourcesOf, written, type Resource } from "./deployment.ts";
import { doneTo, unnamed } from "./remove.ts";
import type { Begun, Mend, StackSite } from "./port.ts";
import { isFreed, recordOf } from "./state.ts";

/** Of an object that took another one's place: what that was made with is not what this one was, so the cloud says it. */
function asRead(older: Resource | undefined): Resource | undefined {
  if (older === undefined) return undefined;
  // What was deleted already is not deleted again (`sparing`); what has its place is.
  const { retainOnDelete, ...rest } = older;
  return { ...rest, ...(isFreed(older) || retainOnDelete === undefined ? {} : { retainOnDelete }), inputs: {}, pendingReplacement: undefined };
}

/** The operations that are dealt with are gone; what turned out to exist is among the resources, and what it was to replace is marked, or gives its place. */
export function mended(text: string, mend: Mend, site: StackSite): string {
  const all = parse(text, site);
  const handled = new Set([...mend.adopt.map(({ urn }) => urn), ...mend.drop, ...mend.reread, ...(mend.remove ?? [])]);
  const absent = new Set(mend.remove);
  const gone = pendingOf(all).flatMap((one) => (absent.has(one.resource.urn) ? doneTo(one, resourcesOf(all)) : []));
  const adopted = mend.adopt.flatMap(({ urn, id, begun }) => {
    const made = begun === undefined ? undefined : { urn, custom: true, inputs: {}, ...begun };
    const known = resourcesOf(all).filter((one) => one.urn === urn);
    const pending = pendingOf(all).filter((one) => one.resource.urn === urn);
    const found = (pending.find(({ type }) => type === "creating") ?? pending[0])?.resource ?? made ?? asRead(known[0]);
    const isThere = known.some((one) => one.id === id && !isFreed(one));
    return found === undefined || isThere ? [] : [{ ...found, delete: undefined, id, outputs: {} }];
  });
  const taken = new Map(adopted.map((one) => [one.urn, one]));
  const freed = new Set(
    resourcesOf(all)
      .filter(isFreed)
      .map(({ urn }) => urn),
  );
  const rest = resourcesOf(all).filter((one) => !gone.includes(one));
  const kept = rest.map((one) => {
    const next = taken.get(one.urn);
    if (next === undefined) return one;
    // Where it was, so that what rests on it still comes after it.
    return isFreed(one) ? next : { ...one, delete: true };
  });
  const left = pendingOf(all).filter((one) => !handled.has(one.resource.urn));
  return written(all, unnamed([...kept, ...adopted.filter(({ urn }) => !freed.has(urn))], gone), left);
}

/** The urns under which a state that is mended so has what is to be read from the cloud, each with the urn that the mending has for it. */
export function toRead(text: string, mend: Mend, site: StackSite): ReadonlyMap<string, string> {
  const all = parse(text, site);
  const reread = new Set(mend.reread);
  const records = pendingOf(all).flatMap((one): (readonly [string, string])[] => {
    const recordedAs = reread.has(one.resource.urn) ? recordOf(one, resourcesOf(all)) : undefined;
    return recordedAs === undefined ? [] : [[recordedAs, one.resource.urn]];
  });
  return new Map([...mend.adopt.map(({ urn }) => [urn, urn] as const), ...records]);
}

/** A provider that a creation refers to by urn and id, as the engine records one; what it was set up with is taken from an earlier one. */
function providerOf({ provider }: Begun, resources: readonly Resource[]): Resource | undefined {
  const at = provider.lastIndexOf("::");
  const [urn, id] = [provider.slice(0, at), provider.slice(at + 2)];
  if (resources.some((one) => one.urn === urn && one.id === id)) return undefined;
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  return { inputs: {}, outputs: {}, ...resources.find((one) => one.urn === urn), urn, custom: true, type, id };
}

/** A state as an engine leaves it that was killed after all of this: nobody recorded how it ended. */
export function withUnended(text: string, unended: readonly Unended<Begun>[], site: StackSite): string {
  const all = parse(text, site);
  const resources = [...resourcesOf(all)];
  const creating = new Set(pendingOf(all).flatMap(({ type, resource: one }) => (type === "creating" ? [one.urn] : [])));
  const pending = unended.flatMap(({ urn, operation, begun }): ReturnType<typeof pendingOf> => {
    const known = resources.findLast((one) => one.urn === urn);
    if (operation !== "creating") return known === undefined ? [] : [{ type: operation, resource: known }];
    // What the engine itself began to write down of it says more.
    if (begun === undefined || creating.has(urn)) return [];
    const provider = providerOf(begun, resources);
    if (provider !== undefined) resources.push(provider);
    const { parent, ...rest } = begun;
    const above = resources.some((one) => one.urn === parent) ? { parent } : {};
    return [{ type: operation, resource: { urn, custom: true, inputs: {}, ...rest, ...above } }];
  });
  const told = new Set(pending.map(({ resource: { urn } }) => urn));
  const left = pendingOf(all).filter((one) => !told.has(one.resource.urn));
  return written(all, resources, [...left, ...pending]);
}

const keyOf = ({ urn, id }: Resource): string => `${id ?? ""} ${urn}`;

/** Where what is named is gone, whoever read it has taken its name out here. */
function withNames(one: Resource, fresh: Resource | undefined): Resource {
  if (fresh === undefined) return one;
  const rest = Object.fromEntries(Object.entries(one).filter(([key]) => !naming.some((name) => name === key))) as Resource;
  return { ...rest, ...Object.fromEntries(naming.flatMap((key) => (fresh[key] === undefined ? [] : [[key, fresh[key]]]))) };
}

/**
 * What was read replaces what the state said of these resources; those that are gone are taken out, and nothing names them any more. A provider may answer
 * another id than it was asked by: a name is asked for, and an ARN comes.
 */
export function withRead(text: string, read: { readonly text: string; readonly urns: Pick<ReadonlySet<string>, "has"> }, site: StackSite): string {
  const all = parse(text, site);
  const news = resourcesOf(parse(read.text, site));
  const now = new Map(news.map((one) => [keyOf(one), one]));
  const asked = new Set(resourcesOf(all).map(keyOf));
  const renamed = (one: Resource): Resource | undefined =>
    news.find((other) => other.urn === one.urn && (other.delete === true) === (one.delete === true) && !asked.has(keyOf(other)));
  const resources = resourcesOf(all).flatMap((one) => {
    const fresh = now.get(keyOf(one));
    if (!read.urns.has(one.urn)) return [withNames(one, fresh)];
    return fresh ?? renamed(one) ?? [];
  });
  return written(all, resources, pendingOf(all));
}

/** Whether a deployment has an object of this urn that is neither deleted already nor to be deleted. */
export function holds(text: string, urn: string, site: StackSite): boolean {
  return resourcesOf(parse(text, site)).some((one) => one.urn === urn && one.delete !== true && !isFreed(one));
}
