import type { AffectedStack } from "../../domain/planner/index.ts";
import type { StackRecord } from "../ledger/index.ts";

/** One stack as it was looked at, as far as this asks. */
interface Seen {
  readonly affected: { readonly action: AffectedStack["action"]; readonly stack: Pick<AffectedStack["stack"], "name"> };
  readonly state: { readonly exists: boolean };
  readonly wasDestroyed?: true;
}

type Recorded = Pick<StackRecord, "result" | "resources" | "lastGood" | "backend">;

/**
 * What was live has a state. Of what is to be destroyed anything counts that may have been made, and an attempt that never ended may have made something: only a
 * destroy that is known to have been carried out, by a run that died before it said so, takes the state away.
 */
function shouldExist({ affected: { action }, wasDestroyed }: Seen, record: Recorded): boolean {
  if (action === "apply") return record.lastGood !== null && record.resources > 0;
  return action === "destroy" && wasDestroyed !== true && (record.resources > 0 || record.result === "applying");
}

/** Why a stack that has no state is neither made anew nor dropped, and what to do about that; undefined where it may be. Pure. */
export function lostState(seen: Seen, record: Recorded, environment: string): { readonly reason: string; readonly todo: string } | undefined {
  if (seen.state.exists || !shouldExist(seen, record)) return undefined;
  const { action, stack } = seen.affected;
  const reach = `See that this clone reaches the backend ${record.backend} (a file backend belongs to one clone).`;
  if (action === "apply") {
    const reason = `the ledger says that ${record.resources} resources are live, but the backend has no state of them`;
    return { reason, todo: `${reach} If the state is lost: trueup rebuild ${environment} --dry-run` };
  }
  const many = record.resources > 0 ? `its ${record.resources} resources` : "what its last attempt made";
  const reason = `it is to be destroyed, but the backend has no state of it, and of no destroy is known that it was carried out: ${many} may live on`;
  const forget = `retire: { "${stack.name}": "forget" }`;
  const lost =
    record.lastGood === null
      ? `If the state is lost: delete by hand what the cloud has of it, then write ${forget}`
      : `If the state is lost: trueup rebuild ${environment} --stack ${stack.name}, then apply again; where nothing of it is in the cloud any more: ${forget}`;
  return { reason, todo: `${reach} ${lost}` };
}
