import type { PolicyFinding } from "../changes/index.ts";
import type { Environment } from "../environments/index.ts";
import { refusal } from "./verdict.ts";
import type { Rule } from "./rule.ts";

type Levels = Environment["policies"]["levels"];

/** What the environment says of a policy (`pack/policy` before `policy`), else what its pack says. */
export function levelOf(finding: PolicyFinding, levels: Levels): "advisory" | "mandatory" | "disabled" {
  for (const name of [`${finding.pack}/${finding.policy}`, finding.policy]) {
    const level = Object.hasOwn(levels, name) ? levels[name] : undefined;
    if (level !== undefined) return level;
  }
  return finding.level;
}

function said(finding: PolicyFinding): string {
  const resource = finding.urn?.split("::").at(-1);
  const where = resource === undefined ? "" : ` (${resource})`;
  return `${finding.policy}: ${finding.message.trim()}${where}${finding.from === undefined ? "" : `, says ${finding.pack} as it is live`}`;
}

export const policyRule: Rule = ({ environment, stacks }) => {
  const findings = stacks.flatMap(({ affected, changes }) =>
    (changes?.policies ?? []).map((finding) => ({ stack: affected.stack.name, finding, level: levelOf(finding, environment.policies.levels) })),
  );
  return {
    refusals: findings
      .filter(({ level }) => level === "mandatory")
      .map(({ stack, finding }) => refusal("policy", { stack, reason: said(finding), todo: "Change the program so that it keeps the policy." })),
    notes: findings.filter(({ level }) => level === "advisory").map(({ stack, finding }) => `${stack}: advisory policy ${said(finding)}`),
  };
};
