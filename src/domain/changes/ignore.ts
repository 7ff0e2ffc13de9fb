import type { IgnoreRule } from "../environments/index.ts";
import type { DriftFinding, PropertyChange } from "./change-set.ts";

export interface Sifted {
  readonly kept: readonly DriftFinding[];
  readonly ignored: readonly { readonly finding: DriftFinding; readonly rule: IgnoreRule }[];
  /** Rules that hide nothing: expired, or matching nothing. */
  readonly warnings: readonly string[];
}

/** `tags` covers `tags.owner` and `tags["a.b"]`, not `tagsAll`. */
function covers(rule: string, path: string): boolean {
  return path === rule || (path.startsWith(rule) && (path[rule.length] === "." || path[rule.length] === "["));
}

function isExpired(rule: IgnoreRule, now: Date): boolean {
  return rule.expires !== undefined && now.getTime() >= Date.parse(rule.expires);
}

/** Takes away the properties that rules explain. A rule never hides that something is gone; an expired one hides nothing. Pure: `now` is given. */
export function siftDrift(findings: readonly DriftFinding[], rules: readonly IgnoreRule[], now: Date): Sifted {
  const active = rules.filter((rule) => !isExpired(rule, now));
  const used = new Set<IgnoreRule>();
  const kept: DriftFinding[] = [];
  const ignored: { finding: DriftFinding; rule: IgnoreRule }[] = [];
  for (const finding of findings) {
    const fitting =
      finding.kind === "gone" ? [] : active.filter((rule) => rule.type === finding.type && (rule.name === undefined || rule.name === finding.name));
    const ruleFor = (property: PropertyChange): IgnoreRule | undefined => fitting.find((rule) => covers(rule.path, property.path));
    const left = finding.properties.filter((property) => ruleFor(property) === undefined);
    for (const property of finding.properties) {
      const rule = ruleFor(property);
      if (rule === undefined) continue;
      used.add(rule);
      ignored.push({ finding: { ...finding, properties: [property] }, rule });
    }
    if (left.length > 0 || finding.properties.length === 0) kept.push({ ...finding, properties: left });
  }
  const expired = rules
    .filter((rule) => isExpired(rule, now))
    .map((rule) => `the ignore rule for ${rule.type} ${rule.path} expired on ${rule.expires} (${rule.reason})`);
  const idle = active.filter((rule) => !used.has(rule)).map((rule) => `the ignore rule for ${rule.type} ${rule.path} matches nothing (${rule.reason})`);
  return { kept, ignored, warnings: [...expired, ...idle] };
}
