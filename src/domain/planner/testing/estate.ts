import type { Layer, StackDeclaration } from "../../environments/index.ts";
import type { Closure } from "../closure.ts";

/** Values for the tests of the planner and the gates. */
export function stackOf(name: string, more: Partial<StackDeclaration> = {}): StackDeclaration {
  return {
    name,
    kind: "stack",
    path: `stacks/${name}`,
    pulumiStack: `dev.${name}`,
    layer: "apps",
    args: {},
    dependsOn: [],
    requires: {},
    verify: [],
    rollback: "auto",
    drift: { mode: "detect", ignore: [] },
    ...more,
  };
}

export function closureOf(stack: string, more: Partial<Closure> = {}): Closure {
  const entry = `stacks/${stack}/index.ts`;
  return { stack, files: { [entry]: "a" }, packages: {}, declaration: "d", policies: {}, unresolved: [], importedBy: {}, ...more };
}

export function environmentOf(
  stacks: readonly StackDeclaration[],
  retire: Readonly<Record<string, "destroy" | "forget">> = {},
): { name: string; stacks: readonly StackDeclaration[]; retire: typeof retire } {
  return { name: "dev", stacks, retire };
}

export const inLayer = (layer: Layer, name: string, dependsOn: readonly string[] = []): StackDeclaration => stackOf(name, { layer, dependsOn });
