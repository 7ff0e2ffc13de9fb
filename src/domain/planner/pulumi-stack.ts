import { Problem } from "../../base/problem/index.ts";
import type { Environment, StackDeclaration } from "../environments/index.ts";
import type { Closure } from "./closure.ts";
import { liveStack, type LiveStacks } from "./live.ts";

/** What a backend keeps a state under. Two declarations of one such name write the same state; one that changes leaves a state behind. */
export interface PulumiName {
  readonly project: string;
  readonly stack: string;
}

/** `stack`, `organisation/stack` or `organisation/project/stack`, as declared; `project` is what its Pulumi.yaml says. */
export function pulumiName(declared: string, project: string | undefined): PulumiName {
  const parts = declared.split("/");
  return { project: (parts.length === 3 ? parts[1] : undefined) ?? project ?? "", stack: parts.at(-1) ?? declared };
}

const told = ({ project, stack }: PulumiName): string => (project === "" ? stack : `${project}/${stack}`);
const isSame = (a: PulumiName, b: PulumiName): boolean => a.project === b.project && a.stack === b.stack;

type Declared = Pick<Environment, "name" | "stacks">;

function namesOf(environment: Declared, closures: readonly Closure[]): ReadonlyMap<string, PulumiName> {
  const projects = new Map(closures.map((closure) => [closure.stack, closure.project]));
  return new Map(environment.stacks.map((stack) => [stack.name, pulumiName(stack.pulumiStack, projects.get(stack.name))]));
}

function duplicate(environment: Declared, stack: StackDeclaration, facts: { readonly what: string; readonly todo: string }): Problem {
  return new Problem("STACK_DUPLICATE", { what: facts.what, on: `environments/${environment.name}/environment.ts, stacks.${stack.name}`, todo: facts.todo });
}

/** What else is claimed in the repository: its own project, and the environments whose stacks of it are called `<environment>.<stack>`. */
export interface Claimed {
  readonly project: string | undefined;
  readonly environments: readonly string[];
}

/**
 * Raises STACK_DUPLICATE for two declarations that are one Pulumi stack of one project, wherever their folders are, and for a `project()` that
 * names a stack which `stack()` gives to another environment.
 */
export function refuseSharedStacks(environment: Declared, closures: readonly Closure[], claimed: Claimed): void {
  const seen: { readonly stack: StackDeclaration; readonly name: PulumiName }[] = [];
  const names = namesOf(environment, closures);
  for (const stack of environment.stacks) {
    const name = names.get(stack.name) ?? pulumiName(stack.pulumiStack, undefined);
    const first = seen.find((one) => isSame(one.name, name));
    if (first !== undefined) {
      throw duplicate(environment, stack, {
        what: `stacks.${first.stack.name} and stacks.${stack.name} are both the Pulumi stack "${name.stack}" of the project "${name.project}"`,
        todo: "Give one of them another stack name, or remove it.",
      });
    }
    const owner = name.project === claimed.project ? claimed.environments.find((other) => name.stack.startsWith(`${other}.`)) : undefined;
    if (stack.kind === "project" && owner !== undefined) {
      throw duplicate(environment, stack, {
        what: `stacks.${stack.name} is the Pulumi stack "${name.stack}" of the repository's own project, which belongs to the environment ${owner}`,
        todo: `Read its outputs with a StackReference, or give this one another stack name.`,
      });
    }
    seen.push({ stack, name });
  }
}

/** A declared stack whose key was live as another Pulumi stack: that one would be left behind, and forgotten with the next record. */
export interface MovedStack {
  readonly stack: string;
  /** `project/stack`, or the stack's name alone where nobody knows the project. */
  readonly was: string;
  readonly now: string;
}

/** `previous` are closures at the live commits: they tell the project where an older record does not. */
export function movedStacks(question: {
  readonly environment: Declared;
  readonly closures: readonly Closure[];
  readonly live: LiveStacks;
  readonly previous?: readonly Closure[];
}): readonly MovedStack[] {
  const { environment, closures, live, previous = [] } = question;
  const names = namesOf(environment, closures);
  return environment.stacks.flatMap((stack): MovedStack[] => {
    const was = liveStack(live, stack.name);
    const now = names.get(stack.name);
    if (was?.pulumiStack === undefined || now === undefined) return [];
    const project = was.project ?? previous.find((closure) => closure.stack === stack.name)?.project;
    // Where nobody knows the old project, a program that is still in its folder has not moved to another one.
    const isInPlace = project === undefined && (was.declaration === undefined || was.declaration.path === stack.path || stack.kind === "stack");
    const before = pulumiName(was.pulumiStack, isInPlace ? now.project : project);
    return isSame(before, now) ? [] : [{ stack: stack.name, was: told(before), now: told(now) }];
  });
}

/** Raises STACK_DUPLICATE for a `retire: "destroy"` of what is declared under another key: it would destroy what the same run applies. */
export function refuseDestroyingDeclared(question: {
  readonly environment: Declared & Pick<Environment, "retire">;
  readonly closures: readonly Closure[];
  readonly live: LiveStacks;
}): void {
  const { environment, closures, live } = question;
  const names = namesOf(environment, closures);
  for (const [retired, action] of Object.entries(environment.retire)) {
    const was = liveStack(live, retired);
    if (action !== "destroy" || was?.pulumiStack === undefined) continue;
    const { pulumiStack, project } = was;
    const taken = environment.stacks.find((stack) => {
      const name = names.get(stack.name);
      return name !== undefined && isSame(name, pulumiName(pulumiStack, project ?? name.project));
    });
    if (taken === undefined) continue;
    throw new Problem("STACK_DUPLICATE", {
      what: `retire.${retired} would destroy the Pulumi stack "${pulumiStack}", which stacks.${taken.name} declares`,
      on: `environments/${environment.name}/environment.ts, retire.${retired}`,
      todo: `Use retire: { "${retired}": "forget" }: ${taken.name} goes on with its state.`,
    });
  }
}
