import type { Protection, WantedProtection } from "./forge.ts";

/** Does a branch hold everything that is wanted of it, whoever saw to that? */
export function holds(now: Protection, wanted: WantedProtection): boolean {
  const { protected: isProtected, allowsForcePush, allowsDeletion } = now;
  return (
    isProtected &&
    !allowsForcePush &&
    !allowsDeletion &&
    now.requiredApprovals >= wanted.requiredApprovals &&
    (now.requiresCodeOwners || !wanted.requiresCodeOwners) &&
    wanted.requiredStatuses.every((name) => now.requiredStatuses.includes(name))
  );
}
