import type { DriftFinding, ResourceChange } from "../changes/index.ts";
import { isPrecious, namedPrecious } from "./precious.ts";
import type { StateFacts } from "./question.ts";

/** What held data, is gone from the cloud, and is made again, empty. */
export interface MadeAgain {
  readonly lost: DriftFinding;
  /** What may be the same under another urn; empty where it is made under its own. */
  readonly as: readonly ResourceChange[];
}

export interface AgainQuestion {
  readonly gone: readonly DriftFinding[];
  readonly changes: readonly ResourceChange[];
  /** As it was before the run. */
  readonly state: Pick<StateFacts, "resources">;
}

/**
 * What of the gone is precious and would be made again. An engine looks at the cloud before it asks the program: what is gone is out of its state by the time
 * an alias could lead to it, and what was renamed or moved to another parent is simply new. No event tells of aliases, so that whatever is precious, new and
 * of its type may be it.
 */
export function madeAgain({ gone, changes, state: { resources } }: AgainQuestion): readonly MadeAgain[] {
  const created = changes.filter(({ operation }) => operation === "create");
  const made = new Set(created.map(({ urn }) => urn));
  const known = new Set(resources.map(({ urn }) => urn));
  const others = new Set(resources.flatMap(({ urn, isExternal = false }) => (isExternal ? [urn] : [])));
  const fresh = created.filter((change) => isPrecious(change) && !known.has(change.urn));
  return gone.filter(isPrecious).flatMap((lost): MadeAgain[] => {
    if (made.has(lost.urn)) return [{ lost, as: [] }];
    // What was only read was never this stack's to rename.
    const as = others.has(lost.urn) ? [] : fresh.filter(({ type }) => type === lost.type);
    return as.length === 0 ? [] : [{ lost, as }];
  });
}

/** In words, with what it may be now. */
export function namedAgain({ lost, as }: MadeAgain): string {
  if (as.length === 0) return namedPrecious(lost);
  const names = as.map(({ name }) => (name === lost.name ? `${name} under another parent` : name));
  const shown = names.length > 3 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
  return `${namedPrecious(lost)} (as ${shown.join(" or ")}, if that is the same)`;
}
