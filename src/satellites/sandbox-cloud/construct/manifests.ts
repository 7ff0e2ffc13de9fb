import { globSync, readFileSync } from "node:fs";
import { decodeYaml } from "../answers/invokes/kubernetes.ts";
import { CloudError, statuses } from "../operations/call.ts";
import { isList, isObject, textAt, textOf, type Json, type JsonObject } from "../wire/json.ts";
import { unknown } from "../wire/special.ts";

function fromFile(pattern: string): JsonObject[] {
  if (/^https?:/.test(pattern)) throw new CloudError(statuses.invalid, `the sandbox cloud fetches nothing: download ${pattern} and name the file`);
  const files = globSync(pattern).sort();
  if (files.length === 0)
    throw new CloudError(statuses.notFound, `no file fits "${pattern}" (relative paths are taken from the folder that the provider was started in)`);
  return files.flatMap((file) => decodeYaml(readFileSync(file, "utf8")));
}

function flattened(value: Json): JsonObject[] {
  if (isList(value)) return value.flatMap(flattened);
  if (!isObject(value)) return [];
  const items = value["items"];
  return textOf(value["kind"]).endsWith("List") && isList(items) ? items.flatMap(flattened) : [value];
}

/** The objects of a ConfigFile or ConfigGroup: files, inline YAML and objects, lists taken apart; undefined when an argument is not known yet. */
export function manifestsOf(inputs: JsonObject): JsonObject[] | undefined {
  const files = [inputs["file"] ?? null, ...(isList(inputs["files"]) ? inputs["files"] : [inputs["files"] ?? null])].filter((file) => typeof file === "string");
  const inline = inputs["yaml"];
  if (files.includes(unknown) || inline === unknown || inputs["objs"] === unknown) return undefined;
  const objects = isList(inputs["objs"]) ? inputs["objs"] : [];
  return [...files.flatMap(fromFile), ...(typeof inline === "string" ? decodeYaml(inline) : []), ...objects].flatMap(flattened);
}

export interface Child {
  readonly type: string;
  readonly name: string;
  readonly object: JsonObject;
}

export function childOf(object: JsonObject, prefix: string): Child {
  const version = textAt(object, "apiVersion") ?? "v1";
  const namespace = textAt(object, "metadata", "namespace");
  const name = textAt(object, "metadata", "name") ?? textAt(object, "metadata", "generateName") ?? "unnamed";
  return {
    type: `kubernetes:${version === "v1" ? "core/v1" : version}:${textAt(object, "kind") ?? "Unknown"}`,
    name: `${prefix}:${namespace === undefined ? "" : `${namespace}/`}${name}`,
    object,
  };
}
