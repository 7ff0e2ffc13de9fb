import { parseAllDocuments } from "yaml";
import { isObject, textAt, type Json, type JsonObject } from "../../wire/json.ts";
import type { Invoke } from "../invokes.ts";

/** Every document of a YAML text; empty ones are left out, `List` objects stay whole (the SDK takes them apart). */
export function decodeYaml(text: string): JsonObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const first = "errors" in document ? document.errors[0] : undefined;
    if (first !== undefined) throw new Error(`the YAML text cannot be read: ${first.message}`);
    const value = document.toJSON() as Json;
    return isObject(value) ? [value] : [];
  });
}

export const kubernetesInvokes: Readonly<Record<string, Invoke>> = {
  "kubernetes:yaml:decode": (ask) => ({ result: decodeYaml(textAt(ask.args, "text") ?? "") }),
  "kubernetes:helm:template": () => {
    throw new Error(
      "the sandbox cloud cannot render Helm charts: render the chart with `helm template` and use yaml.ConfigFile, or run against a real cluster",
    );
  },
  "kubernetes:kustomize:directory": () => {
    throw new Error(
      "the sandbox cloud cannot run kustomize: build the directory with `kustomize build` and use yaml.ConfigFile, or run against a real cluster",
    );
  },
};
