import type { IgnoreRule } from "../environments/index.ts";
import type { DriftFinding, PropertyChange } from "./change-set.ts";

/** A rule of environment.ts, or one that a person wrote into the ledger: of one resource, with its author, and with an end. */
export interface DriftRule extends IgnoreRule {
  /** Only this resource. */
  readonly urn?: string;
  /** Who set it, where that was not by a commit. */
  readonly by?: string;
}

export interface Sifted {
  readonly kept: readonly DriftFinding[];
  readonly ignored: readonly { readonly finding: DriftFinding; readonly rule: DriftRule }[];
}

/** `tags` covers `tags.owner` and `tags["a.b"]`, not `tagsAll`. */
export function covers(rule: string, path: string): boolean {
  return path === rule || (path.startsWith(rule) && (path[rule.length] === "." || path[rule.length] === "["));
}

function isExpired(rule: IgnoreRule, now: Date): boolean {
  return rule.expires !== undefined && now.getTime() >= Date.parse(rule.expires);
}

function isAbout(rule: DriftRule, { type, name, urn }: DriftFinding): boolean {
  return rule.type === type && (rule.name === undefined || rule.name === name) && (rule.urn === undefined || rule.urn === urn);
}

/** Takes away the properties that rules explain. A rule never hides that something is gone; an expired one hides nothing. Pure: `now` is given. */
export function siftDrift(findings: readonly DriftFinding[], rules: readonly DriftRule[], now: Date): Sifted {
  const active = rules.filter((rule) => !isExpired(rule, now));
  const kept: DriftFinding[] = [];
  const ignored: { finding: DriftFinding; rule: IgnoreRule }[] = [];
  for (const finding of findings) {
    const fitting = finding.kind === "gone" ? [] : active.filter((rule) => isAbout(rule, finding));
    const ruleFor = (property: PropertyChange): DriftRule | undefined => fitting.find((rule) => covers(rule.path, property.path));
    const left = finding.properties.filter((property) => ruleFor(property) === undefined);
    for (const property of finding.properties) {
      const rule = ruleFor(property);
      if (rule === undefined) continue;
      ignored.push({ finding: { ...finding, properties: [property] }, rule });
    }
    if (left.length > 0 || finding.properties.length === 0) kept.push({ ...finding, properties: left });
  }
  return { kept, ignored };
}

/** The rules of one stack and those of them that hid something. `wasRead` false: it was not looked at, so nothing is known of its rules. */
export interface RulesOfStack {
  readonly rules: readonly DriftRule[];
  readonly used: readonly DriftRule[];
  readonly wasRead: boolean;
}

const ruleKey = ({ type, name, path, reason, expires, urn, by }: DriftRule): string => JSON.stringify([type, name, path, reason, expires, urn, by]);
const keysOf = (rules: readonly DriftRule[]): ReadonlySet<string> => new Set(rules.map(ruleKey));

/**
 * What to say of rules that hide nothing: expired, or matching nothing. A rule that several stacks share is told once, and matches nothing only
 * when every stack that has it was read. Pure.
 */
export function ruleWarnings(stacks: readonly RulesOfStack[], now: Date): readonly string[] {
  const all = new Map(stacks.flatMap(({ rules, wasRead }) => (wasRead ? rules : [])).map((rule) => [ruleKey(rule), rule]));
  const known = new Set([...keysOf(stacks.flatMap(({ used }) => used)), ...keysOf(stacks.flatMap((one) => (one.wasRead ? [] : one.rules)))]);
  return [...all].flatMap(([key, rule]) => {
    const whose = rule.by === undefined ? "" : ` of ${rule.by}`;
    const named = `the ignore rule${whose} for ${rule.type}${rule.name === undefined ? "" : ` ${rule.name}`} ${rule.path}`;
    const way = rule.by === undefined ? "" : "; trueup drift unignore takes it away";
    if (isExpired(rule, now)) return [`${named} expired on ${rule.expires} (${rule.reason})${way}`];
    return known.has(key) ? [] : [`${named} matches nothing (${rule.reason})${way}`];
  });
}
