import { parsePath } from "../rules/paths.ts";
import { isList, isObject, type Draft, type Json, type JsonObject } from "../wire/json.ts";

function edited(value: Json | undefined, path: readonly (string | number)[], to: Json | undefined): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return to;
  if (isList(value) && typeof step === "number") {
    const items = [...value];
    const item = edited(items[step], rest, to);
    if (item === undefined) items.splice(step, 1);
    else items[step] = item;
    return items;
  }
  const object: Draft = isObject(value) ? { ...value } : {};
  const member = edited(object[String(step)], rest, to);
  if (member === undefined) delete object[String(step)];
  else object[String(step)] = member;
  return object;
}

/** The object with the value at a path (`tags.Name`, `ingress[0].fromPort`) replaced, or taken out when `to` is undefined. */
export function editObject(object: JsonObject, path: string, to: Json | undefined): JsonObject {
  const steps = parsePath(path);
  const result = edited(object, steps, to);
  const after = isObject(result) ? result : object;
  // A cloud shows tags in both places.
  if (steps[0] !== "tags" || !isObject(after["tagsAll"])) return after;
  const all = edited(after["tagsAll"], steps.slice(1), to);
  return { ...after, tagsAll: steps.length > 1 && all !== undefined ? all : after["tagsAll"] };
}
