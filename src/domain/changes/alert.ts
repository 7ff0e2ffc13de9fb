import type { KeptFinding } from "./memory.ts";
import { turnOf } from "./turn.ts";

/** What decides whether somebody is told of a finding. */
type Aged = Pick<KeptFinding, "tries" | "lastTry" | "fightSince"> & { readonly paths: readonly { readonly firstSeen: string }[] };

/**
 * From when on a finding alerts: notices, the drift issue, the exit code. Until then it is young and only listed. undefined: already, as all do that
 * no repair will touch any more. One that nobody remembers yet is as old as this look. Pure.
 */
export function alertsFrom(finding: Aged | undefined, alertAfterMs: number | undefined, now: Date): Date | undefined {
  if (alertAfterMs === undefined || alertAfterMs === 0) return undefined;
  const { kind } = turnOf(finding, now);
  if (kind === "fight" || kind === "stopped") return undefined;
  const oldest = Math.min(...(finding?.paths ?? []).map(({ firstSeen }) => Date.parse(firstSeen)), now.getTime());
  const from = oldest + alertAfterMs;
  return from > now.getTime() ? new Date(from) : undefined;
}

type Named = Pick<KeptFinding, "stack" | "type" | "name" | "tries" | "lastTry" | "fightSince">;

/** Why a person is called for a finding that no repair will touch any more, and what they can do; undefined while repairs go on. Pure. */
export function pageOf(finding: Named, environment: string, now: Date): { readonly what: string; readonly todo: string } | undefined {
  const { kind } = turnOf(finding, now);
  const { stack, type, tries } = finding;
  const name = `${type} ${finding.name}`;
  if (kind === "fight") {
    return {
      what: `${name} was changed back three times within a day: someone else owns this`,
      todo: "It is left alone from now on. Find who writes it; then change the program, or ignore the path with drift.ignore in environment.ts.",
    };
  }
  if (kind !== "stopped") return undefined;
  return {
    what: `${name} still drifts after ${tries} tries to put it back: given up`,
    todo: `It is not tried again. Look with: trueup drift ${environment} --stack ${stack}; when its cause is mended: trueup apply ${environment} --all`,
  };
}
