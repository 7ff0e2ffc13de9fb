import type { TrailFinding } from "../../audit/index.ts";
import { grouped, sha7 } from "../text/amount.ts";
import { oneLine } from "../text/visible.ts";
import { drawn, painter, type Look } from "./look.ts";

export interface TrailTold {
  readonly environment: string;
  readonly head: string | null;
  readonly entries: number;
  readonly heldAgainst: { readonly seen: string | null; readonly against: string | null; readonly signers: number };
  readonly signed: number;
  readonly findings: readonly TrailFinding[];
}

function against({ heldAgainst: { seen, against: kept, signers }, signed }: TrailTold): string {
  const parts = [
    "itself",
    seen === null ? "nothing that this machine saw before (it had not seen any of it)" : `what this machine saw last (${sha7(seen)})`,
    ...(kept === null ? [] : [`${sha7(kept)}, kept elsewhere`]),
    ...(signers === 0 ? [] : [`${signers} ${signers === 1 ? "key" : "keys"} that may sign (${grouped(signed)} signed)`]),
  ];
  return `held against ${parts.join(", ")}`;
}

/** Whether a ledger's trail is whole, what it was held against, and where it is broken. */
export function trailText(told: TrailTold, look: Look): string {
  const { environment, head, entries, findings } = told;
  const paint = painter(look);
  const count = `${grouped(entries)} ${entries === 1 ? "entry" : "entries"}`;
  const lines =
    findings.length === 0
      ? [paint.green(`✔ the trail of ${environment} is whole: ${count}`), against(told)]
      : [paint.red(`✖ the trail of ${environment} is broken: ${count}, ${findings.length} of what is wrong`), against(told)];
  const wrong = findings.map(
    ({ kind, commit, sequence, says }) => `${kind.padEnd(11)}  #${sequence ?? "?"}  ${commit === null ? "–" : sha7(commit)}  ${oneLine(says, 300)}`,
  );
  const keep = head === null || findings.length > 0 ? [] : [paint.dim(`to be kept elsewhere: trueup audit ${environment} --verify --against ${head}`)];
  return drawn([...lines, ...wrong, ...keep].join("\n"), look);
}
