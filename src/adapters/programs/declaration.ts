import type { Environment, StackDeclaration } from "../../domain/environments/index.ts";
import { digestOf } from "../../base/json/index.ts";

/**
 * Digest of what an environment says about one stack, as far as it bears on what the stack becomes and how that is known to be right.
 * Runbook, drift, rollback, approvals and guards are about handling it: changing them touches no stack.
 */
export function declarationDigest(environment: Environment, stack: StackDeclaration): string {
  const { name, kind, path, pulumiStack, layer, args, dependsOn, requires, version, verify } = stack;
  return digestOf({
    environment: { name: environment.name, cloud: environment.cloud, backend: environment.backend, levels: environment.policies.levels },
    stack: { name, kind, path, pulumiStack, layer, args, dependsOn: [...dependsOn].sort(), requires, version, verify },
  });
}
