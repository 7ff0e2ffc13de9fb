import { Problem } from "../../base/problem/index.ts";
import type { Environment, StackDeclaration } from "../environments/index.ts";
import { byCodeUnit } from "../../base/json/index.ts";
import { liveStack, type LiveStacks } from "./live.ts";
import type { AffectedStack } from "./plan.ts";

export interface RetirementQuestion {
  readonly environment: Pick<Environment, "name" | "stacks" | "retire">;
  readonly live: LiveStacks;
  /** Live stacks that are neither declared nor retired: they may still depend on a retired one. */
  readonly orphans: readonly string[];
}

function declarationOf(question: RetirementQuestion, name: string): StackDeclaration {
  const declaration = liveStack(question.live, name)?.declaration;
  if (declaration !== undefined) return declaration;
  throw new Problem("STACK_UNKNOWN", {
    what: `stack "${name}" is to be retired, but nothing says how it was declared`,
    on: `environments/${question.environment.name}/environment.ts, retire.${name}`,
    todo: `Declare "${name}" again as it was, apply, then remove it and retire it; or destroy it with plain pulumi.`,
  });
}

function needsOf(live: LiveStacks, name: string): readonly string[] {
  const was = liveStack(live, name);
  return [...(was?.declaration?.dependsOn ?? []), ...(was?.reads ?? []).map((read) => read.stack)];
}

/** What `retire` asks for and the ledger still has. One that is gone already asks for nothing. */
export function retirement(question: RetirementQuestion): readonly AffectedStack[] {
  const { environment, live } = question;
  return Object.entries(environment.retire)
    .sort(([a], [b]) => byCodeUnit(a, b))
    .flatMap(([name, action]): AffectedStack[] => {
      if (environment.stacks.some((stack) => stack.name === name)) {
        throw new Problem("ENVIRONMENT_INVALID", {
          what: `stack "${name}" is both declared and retired`,
          on: `environments/${environment.name}/environment.ts, retire.${name}`,
          todo: "Remove it from `stacks`, or from `retire`.",
        });
      }
      const was = liveStack(live, name);
      if (was === undefined) return [];
      const dependents = question.orphans.filter((orphan) => needsOf(live, orphan).includes(name));
      const reasons = [
        `retire says "${action}"`,
        ...(was.result === "good" ? [] : ["its last attempt was not good"]),
        ...dependents.map((orphan) => `orphaned stack ${orphan} still depends on it`),
      ];
      return [{ stack: declarationOf(question, name), closureDigest: was.closureDigest ?? "", reasons, action }];
    });
}
