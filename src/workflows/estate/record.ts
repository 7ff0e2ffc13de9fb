import { join } from "node:path";
import { openLedger, thisOwner, type Ledger } from "../ledger/index.ts";
import type { Estate } from "./estate.ts";

/** The ledger of one environment, as seen from this clone. `prefix` as the organisation sets it. */
export function ledgerOf(estate: Estate, environment: string, prefix = "trueup"): Ledger {
  const { machine } = estate;
  const who = machine.variable("TRUEUP_ACTOR") ?? machine.variable("GITHUB_ACTOR") ?? machine.variable("GITLAB_USER_LOGIN") ?? machine.variable("USER") ?? "someone";
  return openLedger({
    repository: estate.repository, prefix: prefix.replace(/\/$/, ""), environment, owner: thisOwner(machine.host, who), clock: estate.clock, directory: join(estate.work, "ledger"),
  });
}
