import type { Unit } from "../planner/index.ts";

/** A unit that failed: it is not tried again while its stacks' closures are these. */
export interface Veto {
  /** Stack → closure digest that failed. */
  readonly closureDigests: Readonly<Record<string, string>>;
}

/**
 * The veto that a unit falls under: all that failed is in it, and none of it is different. What joined it since is no reason to try again what failed;
 * one stack of other contents is. `branch`: the contents of all stacks; what failed with others fails alone as well, wherever those are by now.
 */
export function vetoOf<V extends Veto>(unit: Pick<Unit, "waves">, vetoes: readonly V[], branch: ReadonlyMap<string, string> = new Map()): V | undefined {
  const own = new Map(unit.waves.flat().map(({ stack, closureDigest }) => [stack.name, closureDigest]));
  return vetoes.find(({ closureDigests }) => {
    const failed = Object.entries(closureDigests);
    const isAbout = failed.some(([stack]) => own.has(stack));
    return isAbout && failed.every(([stack, digest]) => (own.get(stack) ?? branch.get(stack)) === digest);
  });
}

/** The vetoes that still say something: what the branch shows otherwise by now was changed by somebody, and may come again. */
export function standingVetoes<V extends Veto>(vetoes: readonly V[], digests: ReadonlyMap<string, string>): readonly V[] {
  return vetoes.filter(({ closureDigests }) => Object.entries(closureDigests).every(([stack, digest]) => digests.get(stack) === digest));
}
