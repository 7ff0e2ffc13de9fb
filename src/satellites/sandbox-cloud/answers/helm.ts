import { hex } from "../wire/digest.ts";
import { textAt, type Draft, type Json, type JsonObject } from "../wire/json.ts";
import { kubernetesKind } from "./kubernetes.ts";
import type { Subject } from "./subject.ts";

/** Helm releases are no objects of the API server: they have a name of their own and no metadata. */
export function isRelease(type: string): boolean {
  return type.startsWith("kubernetes:helm.sh/") && kubernetesKind(type) === "Release";
}

const zero: Readonly<Record<string, Json>> = { boolean: false, number: 0 };

/** A release that went well. The sandbox renders no chart: the release's objects are not in the cloud. */
export function releaseObject(subject: Subject, inputs: JsonObject, revision: number): JsonObject {
  const [namespace = "default", name = subject.name] = subject.id.split("/");
  const chart = textAt(inputs, "chart")?.split("/").at(-1) ?? "chart";
  const version = textAt(inputs, "version") ?? "1.0.0";
  const outputs: Draft = {};
  for (const [key, member] of Object.entries(subject.catalog.resource(subject.type)?.outputs ?? {})) outputs[key] = zero[member.shape.kind] ?? null;
  return {
    ...outputs,
    keyring: "",
    timeout: 300,
    manifest: {},
    resourceNames: {},
    ...inputs,
    name,
    namespace,
    version,
    checksum: hex(64, subject.salt, "checksum"),
    status: { name, namespace, status: "deployed", revision, version, appVersion: version, chart },
  };
}
