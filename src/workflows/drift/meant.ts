import { Problem } from "../../base/problem/index.ts";
import { isMeant, knownFindings, type DriftFinding, type Meant, type PropertyChange } from "../../domain/changes/index.ts";
import type { Detection, StackDrift } from "./drift.ts";

/** One finding that a person decides about, or a single path of it. */
export interface Decided extends Meant {
  readonly environment: string;
  readonly stack: string;
  readonly path?: string;
}

const on = ({ environment, stack }: Decided): string => `${environment}.${stack}`;

function refused(asked: Decided, what: string, todo: string): Problem {
  return new Problem("USAGE", { what, on: on(asked), todo: `${todo} Nothing was changed.` });
}

/** The stack that was looked at. Raises why it could not be read. */
export function readStack({ stacks }: Detection, asked: Decided): StackDrift {
  const one = stacks.find(({ stack }) => stack.name === asked.stack);
  if (one === undefined) throw refused(asked, `${asked.stack} was not looked at`, "Name a stack that is live.");
  if (one.problem !== undefined) throw one.problem;
  return one;
}

/** The findings of the stack that are meant: all of them where none is named. Raises USAGE where there is none such. */
export function meantFindings(drift: StackDrift, asked: Decided): readonly DriftFinding[] {
  const all = drift.findings;
  const meant = all.filter((finding) => isMeant(asked, finding));
  if (meant.length > 0) return meant;
  const wanted = asked.finding ?? asked.urn;
  if (wanted === undefined) throw refused(asked, `nothing of ${asked.stack} drifts`, `See: trueup drift ${asked.environment} --stack ${asked.stack}.`);
  throw refused(asked, `${asked.stack} has no finding "${wanted}" now`, knownFindings(asked, all));
}

/** The paths of a finding that are meant. Raises USAGE for one that does not differ. */
export function meantPaths(finding: DriftFinding, asked: Decided): readonly PropertyChange[] {
  const { properties } = finding;
  const meant = asked.path === undefined ? properties : properties.filter(({ path }) => path === asked.path);
  if (meant.length > 0) return meant;
  const known = properties.map(({ path }) => path).slice(0, 10);
  throw refused(asked, `${asked.path} of ${finding.type} ${finding.name} does not differ`, `What differs: ${known.join(", ") || "no property"}.`);
}
