import type { Draft, JsonObject } from "../wire/json.ts";
import { awsSpecials } from "./aws.ts";
import { fillMembers } from "./fill.ts";
import { isRelease, releaseObject } from "./helm.ts";
import { kubernetesObject } from "./kubernetes.ts";
import type { Subject } from "./subject.ts";

export interface Before {
  readonly inputs: JsonObject;
  readonly properties: JsonObject;
}

/** What stays of the old object when the inputs change: everything that the inputs never said. */
function kept(before: Before): Draft {
  const rest: Draft = { ...before.properties };
  for (const key of Object.keys(before.inputs)) delete rest[key];
  return rest;
}

/** The live object that the cloud makes of these inputs. With `before`, what it made earlier stays as it was. */
export function liveObject(subject: Subject, revision: number, before?: Before): JsonObject {
  const { inputs } = subject;
  if (isRelease(subject.type)) return releaseObject(subject, inputs, revision);
  if (subject.setting.package === "kubernetes") return { ...withNulls(subject), ...kubernetesObject(subject, inputs, revision) };
  const declaration = subject.catalog.resource(subject.type);
  const outputs = declaration?.outputs ?? {};
  const declared = new Set(Object.keys(outputs));
  const early = before === undefined ? {} : kept(before);
  const specials = subject.setting.package === "aws" ? awsSpecials(subject, inputs, declared) : {};
  const given: Draft = { ...specials, ...early, ...inputs };
  if (specials["tagsAll"] !== undefined) given["tagsAll"] = specials["tagsAll"];
  return fillMembers(subject, { given, members: outputs, depth: 0 });
}

/** Declared outputs of kubernetes objects that the server does not give are null: missing ones would be unknown in previews. */
function withNulls(subject: Subject): JsonObject {
  const nulls: Draft = {};
  for (const key of Object.keys(subject.catalog.resource(subject.type)?.outputs ?? {})) nulls[key] = null;
  return nulls;
}
