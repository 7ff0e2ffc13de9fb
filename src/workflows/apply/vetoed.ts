import { Problem } from "../../base/problem/index.ts";
import { vetoOf } from "../../domain/units/index.ts";
import { broughtWords, type EnvironmentRecord } from "../ledger/index.ts";
import { broughtTrailer } from "./brought.ts";
import { contentsOf } from "./unit-run.ts";
import type { Opened } from "./run.ts";

/** There is something, and all of it failed before. */
export function vetoedProblem({ live, vetoed, request, branch, revision }: Opened): Problem | undefined {
  const [first] = vetoed;
  const veto = first === undefined ? undefined : vetoOf(first, live?.vetoes ?? [], contentsOf(revision));
  if (veto === undefined) return undefined;
  const names = vetoed.flatMap((unit) => unit.waves.flat().map(({ stack }) => stack.name));
  const { environment } = request;
  // Of a freeze by trueup the run is the one that failed: until a person lifts it, neither a retry nor another commit goes.
  const isFrozen = live?.freezes.some(({ run }) => run === veto.run) === true;
  const onward = isFrozen
    ? `It is frozen: push what mends it, then: trueup thaw ${environment} --reason "…"`
    : `Push what mends or reverts it; or try the same once more: trueup retry ${environment}`;
  return new Problem("HELD", {
    what: `${names.join(", ")} at ${branch.head.slice(0, 7)} is what failed in run ${veto.run}: ${veto.reason}`,
    on: `environment ${environment}`,
    todo: `Nothing was touched. ${onward}`,
  });
}

/** That a head brings nothing but what failed before is told once per head: nobody waits for it, and nobody looks at it again. */
export async function recordVetoed(run: Opened, problem: Problem): Promise<void> {
  const { head } = run.branch;
  const isTold = (record: EnvironmentRecord): boolean => record.vetoes.some((veto) => veto.commit === head || veto.head === head);
  if (run.live === undefined || isTold(run.live)) return;
  const digests = contentsOf(run.revision);
  await run.ledger.record((current) =>
    current.lease !== null || isTold(current)
      ? undefined
      : {
          next: { ...current, vetoes: current.vetoes.map((veto) => (run.vetoed.some((unit) => vetoOf(unit, [veto], digests)) ? { ...veto, head } : veto)) },
          sentence: `${run.request.environment}: ${head.slice(0, 7)} held: ${problem.what}${broughtWords(run.brings)}`,
          trailers: { Kind: "apply", Commit: head, Result: "refused", ...broughtTrailer(run.brings) },
        },
  );
}
