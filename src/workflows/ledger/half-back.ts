import { Problem } from "../../base/problem/index.ts";
import type { EnvironmentRecord } from "./schema.ts";

/** Why nothing else is done to a stack of a unit that a run began to take back: until that is ended, nobody knows what of it is meant. */
export function halfBackProblem(environment: string, stack: string, vetoes: EnvironmentRecord["vetoes"]): Problem | undefined {
  const veto = vetoes.find(({ state, waves = [] }) => state === "rollingBack" && waves.flat().includes(stack));
  if (veto === undefined) return undefined;
  return new Problem("STALE", {
    what: `${stack} is still to be taken back: ${veto.reason}`,
    on: `environment ${environment}`,
    todo: `Nothing of it was touched. Go on with its rollback: trueup apply ${environment}`,
  });
}
