import { didYouMean, Problem } from "../../base/problem/index.ts";
import { actorOf, environmentBranch, ledgerOf, refuseActing, type Estate } from "../estate/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import type { VetoRecord } from "./record.ts";

export interface RetryAsked {
  readonly environment: string;
  /** Only what failed with this stack in it; left out: all that failed. */
  readonly stack?: string;
  readonly reason?: string;
  /** Who asks, where that is not who runs this. */
  readonly by?: string;
}

/** What may be tried again now. */
export interface Retried {
  readonly environment: string;
  readonly units: readonly { readonly stacks: readonly string[]; readonly commit: string; readonly run: string; readonly reason: string }[];
}

const stacksOf = ({ closureDigests }: VetoRecord): readonly string[] => Object.keys(closureDigests);

function chosen({ vetoes }: Pick<EnvironmentRecord, "vetoes">, stack: string | undefined): readonly VetoRecord[] {
  return vetoes.filter((veto) => veto.state !== "rollingBack" && (stack === undefined || stacksOf(veto).includes(stack)));
}

function nothingFailed(live: EnvironmentRecord | undefined, { environment, stack }: RetryAsked): Problem {
  const known = [...new Set((live?.vetoes ?? []).flatMap(stacksOf))].sort();
  const held = known.length === 0 ? "" : ` Held are: ${known.join(", ")}.${stack === undefined ? "" : didYouMean(stack, known)}`;
  return new Problem("USAGE", {
    what: `nothing${stack === undefined ? "" : ` with ${stack} in it`} is held because it failed`,
    on: `environment ${environment}`,
    todo: `Nothing was changed.${held} See what stands: trueup status ${environment}; apply with: trueup apply ${environment}`,
  });
}

/**
 * Lets what failed be tried once more as it is, in one commit of the ledger. The next apply does it. Raises USAGE where nothing is held for that, and what
 * the ledger raises: then nothing was changed.
 */
export async function retryFailed(estate: Estate, asked: RetryAsked): Promise<Retried> {
  const { environment, stack, reason } = asked;
  refuseActing(estate.machine, environment);
  await estate.repository.fetch();
  const ledger = await ledgerOf(estate, environment);
  const live = (await ledger.read({ fetch: false }))?.environment;
  if (live === undefined) await environmentBranch(estate, environment, undefined);
  const by = asked.by ?? actorOf(estate.machine);
  let lifted: readonly VetoRecord[] = [];
  const done = await ledger.record((current) => {
    lifted = chosen(current, stack);
    if (lifted.length === 0) return undefined;
    const stacks = [...new Set(lifted.flatMap(stacksOf))];
    const why = reason === undefined ? "" : `: ${reason}`;
    return {
      next: { ...current, vetoes: current.vetoes.filter((veto) => !lifted.includes(veto)) },
      sentence: `${environment}: ${by} lets ${stacks.join(", ")} be tried again${why}`,
      trailers: { Kind: "retry", By: by, Stacks: stacks.join(" ") },
    };
  });
  if (done === undefined) throw nothingFailed(live, asked);
  return { environment, units: lifted.map((veto) => ({ stacks: stacksOf(veto), commit: veto.commit, run: veto.run, reason: veto.reason })) };
}
