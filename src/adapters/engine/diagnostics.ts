import { stripVTControlCharacters } from "node:util";
import type { Scrubber } from "../../base/secret/index.ts";
import type { Diagnostic, PolicyFinding } from "../../domain/changes/index.ts";
import type { Collected } from "./collect.ts";
import { isOwnNoise } from "./problems.ts";
import { mentionedSource, type Folders } from "./source-position.ts";

/** The engine's own colour marks look like `<{%fg 1%}>`. */
export function withoutColours(text: string): string {
  return stripVTControlCharacters(text.replaceAll(/<\{%[^%]*%\}>/g, ""));
}

function severityOf(severity: string): Diagnostic["severity"] {
  if (severity === "error" || severity === "warning") return severity;
  return "info";
}

export function diagnosticsOf(collected: Collected, scrubber: Scrubber, folders: Folders): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const { severity, urn, message } of collected.diagnostics) {
    const source = mentionedSource(message, folders);
    if (isOwnNoise(message)) continue;
    const clean = scrubber.scrub(withoutColours(message)).replaceAll(`${folders.repositoryRoot}/`, "").trimEnd();
    if (clean === "") continue;
    found.push({
      severity: severityOf(severity),
      message: clean,
      ...(urn === undefined || urn === "" ? {} : { urn }),
      ...(source === undefined ? {} : { source }),
    });
  }
  if (collected.leftOut > 0) found.push({ severity: "warning", message: `${collected.leftOut} more messages of this run were left out` });
  return found;
}

export function policiesOf(collected: Collected, scrubber: Scrubber): PolicyFinding[] {
  return collected.policies.map((policy) => ({
    // A preview names a local pack `name|local|path`.
    pack: policy.policyPackName.split("|")[0] ?? policy.policyPackName,
    policy: policy.policyName,
    level: policy.enforcementLevel === "mandatory" ? "mandatory" : "advisory",
    message: scrubber.scrub(withoutColours(policy.message)).trimEnd(),
    ...(policy.resourceUrn === undefined ? {} : { urn: policy.resourceUrn }),
  }));
}
