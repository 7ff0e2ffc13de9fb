/** One place where the trail of a ledger is broken. */
export interface TrailFinding {
  readonly kind: "changed" | "removed" | "reordered" | "unsigned" | "rolled back" | "foreign";
  /** The entry where it shows; null where that is a commit that is no longer there. */
  readonly commit: string | null;
  readonly sequence: number | null;
  readonly says: string;
}

/** By how bad it is for whoever wants to trust what is left, the worst first. */
const order: readonly TrailFinding["kind"][] = ["rolled back", "removed", "reordered", "changed", "foreign", "unsigned"];

export function worstFirst(findings: readonly TrailFinding[]): readonly TrailFinding[] {
  return findings.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (a.sequence ?? 0) - (b.sequence ?? 0));
}
