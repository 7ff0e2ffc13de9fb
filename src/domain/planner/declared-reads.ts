import type { Environment, StackDeclaration } from "../environments/index.ts";

/**
 * The declared stacks behind full Pulumi stack names (`dev.clusters`, `organization/acme/dev.clusters`), as an engine run reports them.
 * Names of other repositories and projects belong to no declared stack and are left out: they are read-only edges.
 */
export function declaredReads(environment: Pick<Environment, "stacks">, pulumiNames: readonly string[]): readonly string[] {
  const names = new Set<string>();
  for (const full of pulumiNames) {
    const found = declaredBehind(environment.stacks, full);
    if (found !== undefined) names.add(found.name);
  }
  return [...names];
}

function declaredBehind(stacks: readonly StackDeclaration[], full: string): StackDeclaration | undefined {
  const exact = stacks.find((stack) => stack.pulumiStack === full);
  if (exact !== undefined) return exact;
  const [project, short] = full.split("/").slice(-2);
  const alike = stacks.filter((stack) => stack.pulumiStack.split("/").at(-1) === short);
  if (alike.length <= 1) return alike[0];
  // Several projects have a stack of this short name; a folder is nearly always named like its project.
  return alike.find((stack) => stack.path.split("/").at(-1) === project);
}
