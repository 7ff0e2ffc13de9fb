import { Problem, didYouMean } from "../../../base/problem/index.ts";
import type { CloudObject } from "./record.ts";
import type { Objects } from "./objects.ts";

/** What people may say of the objects they mean; all that is given must hold. `type` is a token, or its last part without regard to case. */
export interface ObjectFilter {
  readonly provider?: string;
  readonly account?: string;
  readonly region?: string;
  readonly type?: string;
}

function sameType(type: string, wanted: string): boolean {
  return type === wanted || (type.split(":").at(-1) ?? "").toLowerCase() === wanted.toLowerCase();
}

export function* filtered(objects: Objects, filter: ObjectFilter): Generator<CloudObject> {
  const { type, ...place } = filter;
  for (const object of objects.walk({ ...place, ...(type?.includes(":") === true ? { type } : {}) })) {
    if (type === undefined || sameType(object.type, type)) yield object;
  }
}

interface Reference {
  readonly type: string | undefined;
  readonly name: string;
}

function readReference(text: string): Reference {
  const [first = "", second] = text.trim().split(/\s+/);
  return second === undefined ? { type: undefined, name: first } : { type: first, name: second };
}

/** How well an object fits: its id or urn exactly, or its name. */
function fits(object: CloudObject, reference: Reference): "exact" | "name" | undefined {
  if (reference.type !== undefined && !sameType(object.type, reference.type)) return undefined;
  if (object.id === reference.name || (object.createdBy !== "" && object.createdBy === reference.name)) return "exact";
  const logical = object.createdBy.split("::").slice(3).join("::");
  return logical !== "" && logical === reference.name ? "name" : undefined;
}

function describe(object: CloudObject): string {
  const place = object.region === "-" ? object.account : `${object.account}/${object.region}`;
  return `"${object.type} ${object.id}" (${place})`;
}

/**
 * The one object that a person means by an id, `type id`, a urn or a logical name, in the accounts that the filter leaves.
 * CLOUD_OBJECT_UNKNOWN when there is none (with the nearest) or more than one (with all of them, at most ten).
 */
export function findObject(objects: Objects, text: string, filter: ObjectFilter = {}): CloudObject {
  const reference = readReference(text);
  const exact: CloudObject[] = [];
  const named: CloudObject[] = [];
  const names: string[] = [];
  for (const object of filtered(objects, filter)) {
    const fit = fits(object, reference);
    if (fit === "exact") exact.push(object);
    if (fit === "name") named.push(object);
    names.push(object.id, ...(object.createdBy === "" ? [] : [object.createdBy.split("::").slice(3).join("::")]));
  }
  const found = exact.length > 0 ? exact : named;
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const on = `the sandbox cloud, "${text}"`;
  if (only === undefined)
    throw new Problem("CLOUD_OBJECT_UNKNOWN", {
      what: `no object of that id, type and id, urn or name.${didYouMean(reference.name, names)}`,
      on,
      todo: "See what is there: trueup cloud list",
    });
  throw new Problem("CLOUD_OBJECT_UNKNOWN", {
    what: `${found.length} objects fit: ${found.slice(0, 10).map(describe).join(", ")}`,
    on,
    todo: 'Say "TYPE ID", and --account or --region where they differ.',
  });
}
