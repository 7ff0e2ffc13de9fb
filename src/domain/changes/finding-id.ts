import { createHash } from "node:crypto";
import { didYouMean } from "../../base/problem/index.ts";
import type { DriftFinding } from "./change-set.ts";

type About = Pick<DriftFinding, "stack" | "urn">;

/** What people type for a finding instead of its urn. The same for as long as the resource keeps its urn, also when it drifts again. */
export function findingId({ stack, urn }: About): string {
  return createHash("sha256")
    .update(JSON.stringify([stack, urn]))
    .digest("hex")
    .slice(0, 8);
}

/** Which finding of a stack is meant: by its urn, or by its id. */
export interface Meant {
  readonly urn?: string;
  readonly finding?: string;
}

/** Whether this one is meant. */
export function isMeant(meant: Meant, about: About): boolean {
  return (meant.urn === undefined || meant.urn === about.urn) && (meant.finding === undefined || meant.finding === findingId(about));
}

/** What there is, for who meant something else. */
export function knownFindings(meant: Meant, findings: readonly DriftFinding[]): string {
  const shown = findings.slice(0, 5).map((one) => `${findingId(one)} (${one.type} ${one.name})`);
  const more = findings.length > shown.length ? `, and ${findings.length - shown.length} more` : "";
  const near =
    meant.urn === undefined
      ? ""
      : didYouMean(
          meant.urn,
          findings.map(({ urn }) => urn),
        ).trim();
  return `${near} Known: ${shown.join(", ") || "none"}${more}.`.trim();
}
