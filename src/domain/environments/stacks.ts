import { didYouMean } from "../../base/problem/index.ts";
import { driftRules } from "./commands.ts";
import type { Environment, StackDeclaration } from "./environment.ts";
import { tightenApprovals, tightenDestroy } from "./levels.ts";
import type { Finding } from "./plain.ts";
import type { EnvironmentFile } from "./schema.ts";
import { normalPath, semverOf } from "./syntax.ts";
import { verifyCheck } from "./verify.ts";

export type StackEntryFile = EnvironmentFile["stacks"][string];

/** What a stack takes over from its environment, and where findings about it go. */
export interface Surroundings {
  readonly environment: string;
  readonly approvals: Environment["approvals"];
  readonly guards: Environment["guards"];
  readonly drift: Environment["drift"];
  readonly findings: Finding[];
}

function tighter(name: string, entry: StackEntryFile, above: Surroundings): Pick<StackDeclaration, "approvals" | "guards"> {
  const step = { upper: `environment ${above.environment}`, path: `stacks.${name}.`, findings: above.findings };
  return {
    ...(entry.approvals === undefined ? {} : { approvals: tightenApprovals(above.approvals, entry.approvals, step) }),
    ...(entry.guards === undefined ? {} : { guards: { maxDestroy: tightenDestroy(above.guards.maxDestroy, entry.guards.maxDestroy, step) } }),
  };
}

export function stackDeclaration(name: string, entry: StackEntryFile, above: Surroundings): StackDeclaration {
  const args = entry.kind === "stack" ? ((entry.args ?? {}) as StackDeclaration["args"]) : {};
  const version = entry.version ?? semverOf(args["version"]);
  return {
    name,
    kind: entry.kind,
    path: normalPath(entry.path),
    pulumiStack: entry.kind === "stack" ? `${above.environment}.${name}` : entry.stack,
    layer: entry.layer,
    args,
    dependsOn: entry.dependsOn ?? [],
    requires: entry.requires ?? {},
    ...(version === undefined ? {} : { version }),
    verify: (entry.verify ?? []).map((file) => verifyCheck(file, { stack: name })),
    ...(entry.runbook === undefined ? {} : { runbook: entry.runbook }),
    rollback: entry.rollback ?? "auto",
    drift: driftRules(above.drift, entry.drift),
    ...tighter(name, entry, above),
  };
}

/** `dependsOn`, `requires` and `retire` name stacks: unknown ones with the nearest known name. */
export function unknownStacks(stacks: readonly StackDeclaration[]): Finding[] {
  const known = stacks.map((stack) => stack.name);
  const findings: Finding[] = [];
  for (const stack of stacks) {
    const others = known.filter((name) => name !== stack.name);
    const named = [
      ...stack.dependsOn.map((name, index) => [name, `dependsOn[${index}]`] as const),
      ...Object.keys(stack.requires).map((name) => [name, `requires.${name}`] as const),
    ];
    for (const [name, key] of named) {
      if (others.includes(name)) continue;
      const path = `stacks.${stack.name}.${key}`;
      const what = name === stack.name ? `${path} names the stack itself` : `${path} names "${name}", which is no stack of this environment`;
      findings.push({ path, what, todo: `${didYouMean(name, others)} Known: ${others.join(", ") || "none"}.`.trim() });
    }
  }
  return findings;
}

/** Two stacks of one Pulumi project with one Pulumi stack name would overwrite each other's state. */
export function duplicateStacks(stacks: readonly StackDeclaration[]): Finding[] {
  const seen = new Map<string, string>();
  const findings: Finding[] = [];
  for (const stack of stacks) {
    // Programs of the repository share one Pulumi project; each project() folder is one of its own.
    const key = `${stack.kind === "stack" ? "" : stack.path} ${stack.pulumiStack}`;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, stack.name);
    else {
      const path = `stacks.${stack.name}`;
      findings.push({
        path,
        what: `stacks.${first} and ${path} are both the Pulumi stack "${stack.pulumiStack}"`,
        todo: "Give one of them another stack name, or remove it.",
      });
    }
  }
  return findings;
}
