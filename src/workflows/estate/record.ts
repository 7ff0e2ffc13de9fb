import { join } from "node:path";
import type { Machine } from "../../base/process/index.ts";
import { openLedger, thisOwner, type Ledger } from "../ledger/index.ts";
import type { Estate } from "./estate.ts";

/** Who runs this: what CI says, what TRUEUP_ACTOR says, or the user. */
export function actorOf(machine: Pick<Machine, "variable">): string {
  return machine.variable("TRUEUP_ACTOR") ?? machine.variable("GITHUB_ACTOR") ?? machine.variable("GITLAB_USER_LOGIN") ?? machine.variable("USER") ?? "someone";
}

/** The ledger of one environment, as seen from this clone. `prefix` as the organisation sets it. */
export function ledgerOf(estate: Estate, environment: string, prefix = "trueup"): Ledger {
  const { machine } = estate;
  const who = actorOf(machine);
  return openLedger({
    repository: estate.repository,
    prefix: prefix.replace(/\/$/, ""),
    environment,
    owner: thisOwner(machine.host, who),
    clock: estate.clock,
    directory: join(estate.work, "ledger"),
  });
}
