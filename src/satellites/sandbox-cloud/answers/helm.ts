import { hex } from "../wire/digest.ts";
import { at, textAt, type Draft, type JsonObject } from "../wire/json.ts";
import { kubernetesKind } from "./kubernetes.ts";
import type { Subject } from "./subject.ts";

/** Helm releases are no objects of the API server: they have a name of their own and no metadata. */
export function isRelease(type: string): boolean {
  return type.startsWith("kubernetes:helm.sh/") && kubernetesKind(type) === "Release";
}

/** A release that went well. The sandbox renders no chart: the release's objects are not in the cloud. */
export function releaseObject(subject: Subject, inputs: JsonObject, revision: number): JsonObject {
  const [namespace = "default", name = subject.name] = subject.id.split("/");
  const chart = textAt(inputs, "chart")?.split("/").at(-1) ?? "chart";
  const version = textAt(inputs, "version") ?? "1.0.0";
  const outputs: Draft = {};
  for (const [key, member] of Object.entries(subject.catalog.resource(subject.type)?.outputs ?? {})) {
    if (!member.optional && member.shape.kind === "boolean") outputs[key] = false;
    else if (!member.optional && member.shape.kind === "number") outputs[key] = 0;
    else outputs[key] = null;
  }
  return {
    ...outputs, ...inputs, name, namespace, version, manifest: {}, resourceNames: {}, checksum: hex(64, subject.salt, "checksum"), keyring: at(inputs, "keyring") ?? "", timeout: at(inputs, "timeout") ?? 300,
    status: { name, namespace, status: "deployed", revision, version, appVersion: version, chart },
  };
}
