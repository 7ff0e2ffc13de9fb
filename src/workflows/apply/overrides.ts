import { refusalKinds, type Override } from "../../domain/gates/index.ts";
import { actorOf } from "../estate/index.ts";
import type { ApplyRun } from "./run.ts";

/**
 * What the person who asked for the run permits: at the commit that the branch had when they asked. What was pushed while the run waited for the lease
 * nobody has looked at: of that they permit nothing.
 */
export function overridesOf({ request: { overrides }, asked, estate }: Pick<ApplyRun, "request" | "asked" | "estate">): Override[] {
  return refusalKinds
    .filter((guard) => overrides?.guards.includes(guard) === true)
    .map((guard) => ({ guard, by: actorOf(estate.machine), reason: overrides?.reason ?? "", commit: asked }));
}
