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

/** What messages are read with. */
export interface Wording {
  readonly scrubber: Scrubber;
  readonly folders: Folders;
  /** Said in place of every word of programs, providers and policies: what is secret is not known, so any of them may be. */
  readonly withheld?: string | undefined;
}

/** One per severity and resource is enough: what each said is not told. */
function withheldDiagnostics(collected: Collected, message: string): Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (const { severity, urn, message: said } of collected.diagnostics) {
    if (isOwnNoise(said)) continue;
    const shown = { severity: severityOf(severity), message, ...(urn === undefined || urn === "" ? {} : { urn }) };
    found.set(`${shown.severity} ${urn ?? ""}`, shown);
  }
  return [...found.values()];
}

export function diagnosticsOf(collected: Collected, { scrubber, folders, withheld }: Wording): Diagnostic[] {
  const found = withheld === undefined ? saidBy(collected, scrubber, folders) : withheldDiagnostics(collected, withheld);
  if (collected.leftOut > 0) found.push({ severity: "warning", message: `${collected.leftOut} more messages of this run were left out` });
  return found;
}

function saidBy(collected: Collected, scrubber: Scrubber, folders: Folders): Diagnostic[] {
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
  return found;
}

export function policiesOf(collected: Collected, { scrubber, withheld }: Wording): PolicyFinding[] {
  return collected.policies.map((policy) => ({
    // A preview names a local pack `name|local|path`.
    pack: policy.policyPackName.split("|")[0] ?? policy.policyPackName,
    policy: policy.policyName,
    level: policy.enforcementLevel === "mandatory" ? "mandatory" : "advisory",
    message: withheld ?? scrubber.scrub(withoutColours(policy.message)).trimEnd(),
    ...(policy.resourceUrn === undefined ? {} : { urn: policy.resourceUrn }),
  }));
}
