import { z } from "zod";
import { isFreed, readExport } from "./state.ts";
import type { Unended } from "../../domain/recovery/index.ts";
import type { Begun, Mend, StackSite } from "./port.ts";

/** A deployment as the engine exports it; everything that is not looked at is kept as it is. */
const resource = z.looseObject({
  urn: z.string(),
  type: z.string(),
  id: z.string().optional(),
  delete: z.boolean().optional(),
  pendingReplacement: z.boolean().optional(),
  retainOnDelete: z.boolean().optional(),
});
const whole = z.looseObject({
  deployment: z.looseObject({
    resources: z.array(resource).nullish(),
    pending_operations: z.array(z.looseObject({ type: z.string(), resource })).nullish(),
  }),
});
type Whole = z.infer<typeof whole>;
type Resource = z.infer<typeof resource>;

const resourcesOf = ({ deployment }: Whole): readonly Resource[] => deployment.resources ?? [];
const pendingOf = ({ deployment }: Whole): NonNullable<Whole["deployment"]["pending_operations"]> => deployment.pending_operations ?? [];

function parse(text: string, site: StackSite): Whole {
  readExport(text, site);
  return whole.parse(JSON.parse(text));
}

function written(all: Whole, resources: readonly Resource[], pending: ReturnType<typeof pendingOf>): string {
  const { pending_operations: _, ...rest } = all.deployment;
  return JSON.stringify({ ...all, deployment: { ...rest, resources, ...(pending.length === 0 ? {} : { pending_operations: pending }) } });
}

/** Of an object that took another one's place: what that was made with is not what this one was, so the cloud says it. */
function asRead(older: Resource | undefined): Resource | undefined {
  return older === undefined ? undefined : { ...older, inputs: {}, pendingReplacement: undefined };
}

/** The operations that are dealt with are gone; what turned out to exist is among the resources, and what it was to replace is marked, or gives its place. */
export function mended(text: string, mend: Mend, site: StackSite): string {
  const all = parse(text, site);
  const handled = new Set([...mend.adopt.map(({ urn }) => urn), ...mend.drop, ...mend.reread]);
  const adopted = mend.adopt.flatMap(({ urn, id, begun }) => {
    const made = begun === undefined ? undefined : { urn, custom: true, inputs: {}, ...begun };
    const known = resourcesOf(all).filter((one) => one.urn === urn);
    const found = pendingOf(all).find((one) => one.resource.urn === urn)?.resource ?? made ?? asRead(known[0]);
    const isThere = known.some((one) => one.id === id && !isFreed(one));
    return found === undefined || isThere ? [] : [{ ...found, delete: undefined, id, outputs: {} }];
  });
  const taken = new Map(adopted.map((one) => [one.urn, one]));
  const freed = new Set(
    resourcesOf(all)
      .filter(isFreed)
      .map(({ urn }) => urn),
  );
  const kept = resourcesOf(all).map((one) => {
    const next = taken.get(one.urn);
    if (next === undefined) return one;
    // Where it was, so that what rests on it still comes after it.
    return isFreed(one) ? next : { ...one, delete: true };
  });
  const left = pendingOf(all).filter((one) => !handled.has(one.resource.urn));
  return written(all, [...kept, ...adopted.filter(({ urn }) => !freed.has(urn))], left);
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

const keyOf = ({ urn, id }: Resource): string => `${id ?? ""} ${urn}`;

/** What was read replaces what the state said of these resources; those that are gone are taken out. */
export function withRead(text: string, read: { readonly text: string; readonly urns: ReadonlySet<string> }, site: StackSite): string {
  const all = parse(text, site);
  const now = new Map(resourcesOf(parse(read.text, site)).map((one) => [keyOf(one), one]));
  const resources = resourcesOf(all).flatMap((one) => {
    if (!read.urns.has(one.urn)) return [one];
    const fresh = now.get(keyOf(one));
    return fresh === undefined ? [] : [fresh];
  });
  return written(all, resources, pendingOf(all));
}

/** Whether an object of this id is in a deployment. */
export function holds(text: string, object: { readonly urn: string; readonly id: string }, site: StackSite): boolean {
  return resourcesOf(parse(text, site)).some((one) => one.urn === object.urn && one.id === object.id && !isFreed(one));
}
