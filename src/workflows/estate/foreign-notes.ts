import type { Isolation } from "../../base/confinement/index.ts";
import type { Environment, Identity } from "../../domain/environments/index.ts";

/** Whose code it is: of somebody who may push to this repository, or of a fork. */
export type Origin = "pull-request" | "fork";

/** How code that nobody agreed to yet is previewed. */
export interface ForeignFacts {
  readonly environment: string;
  readonly origin: Origin;
  /** The base does not have it. */
  readonly isNew: boolean;
  readonly cloud: Environment["cloud"];
  readonly as: Identity["preview"]["as"];
  readonly isolation: Isolation;
}

/** Without walls nothing keeps code from the network; the sandbox cloud is read without credentials. */
function ofFork({ cloud, isolation }: ForeignFacts): string {
  const network = isolation.kind === "bubblewrap" ? ", without network," : "";
  const live = cloud === "real" ? "; nothing live was read" : "";
  return `Code of a fork: previewed without credentials${network} and with every secret withheld${live}. To preview it in full, somebody who may write reads it and brings it into a branch of this repository.`;
}

/** What people should know who read the preview, in public words. */
export function foreignNotes(facts: ForeignFacts): readonly string[] {
  const { environment, origin, isNew, cloud, as, isolation } = facts;
  const apart = isolation.kind === "none" ? [`Not kept apart: ${isolation.why}, so this code ran with the rights of the process that previews.`] : [];
  const none = as === "none" && cloud === "real" ? ["Previewed without credentials: nothing live was read."] : [];
  const fresh = isNew ? [`${environment} is new on this branch: previewed as if nothing of it existed.`] : [];
  return [...(origin === "fork" ? [ofFork(facts)] : none), ...fresh, ...apart];
}
