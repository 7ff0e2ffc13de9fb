import type { KeptFinding } from "./memory.ts";

/** Waits after each try that did not put it back: 5 m, 15 m, 45 m, … */
const backoff = { firstMs: 5 * 60_000, factor: 3, longestMs: 6 * 60 * 60_000, tries: 5 };

/**
 * Whether a finding may be repaired now. `wait`: tried lately without success. `stopped`: tried as often as it makes sense; a person is needed.
 * `fight`: put back again and again within a day; somebody else owns it.
 */
export type Turn = { readonly kind: "now" } | { readonly kind: "wait"; readonly until: Date } | { readonly kind: "stopped" } | { readonly kind: "fight" };

/** How long to wait after the `tries`-th try, in milliseconds. */
export function waitAfter(tries: number): number {
  return tries < 1 ? 0 : Math.min(backoff.firstMs * backoff.factor ** (tries - 1), backoff.longestMs);
}

export function turnOf(finding: Pick<KeptFinding, "tries" | "lastTry" | "fightSince"> | undefined, now: Date): Turn {
  if (finding === undefined) return { kind: "now" };
  if (finding.fightSince !== undefined) return { kind: "fight" };
  if (finding.tries >= backoff.tries) return { kind: "stopped" };
  const until = finding.lastTry === undefined ? 0 : Date.parse(finding.lastTry) + waitAfter(finding.tries);
  return until > now.getTime() ? { kind: "wait", until: new Date(until) } : { kind: "now" };
}
