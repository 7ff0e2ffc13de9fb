import { Problem } from "../../base/problem/index.ts";
import type { Unit } from "../../domain/planner/index.ts";
import type { Inspection, Verdict } from "../inspection/index.ts";
import type { Gate } from "../recovery/index.ts";

const namesOf = ({ waves }: Unit): readonly string[] => waves.flat().map(({ stack }) => stack.name);

/** An inspection of these units alone. */
export function only(inspection: Inspection, units: readonly Unit[]): Inspection {
  const names = new Set(units.flatMap(namesOf));
  const stacks = new Map([...inspection.stacks].filter(([name]) => names.has(name)));
  return { ...inspection, plan: { ...inspection.plan, units }, stacks };
}

/** Units of a stack that the gate refused are not run; those beside them are. */
export function setAside(inspection: Inspection, { refused }: Gate): Inspection {
  return only(
    inspection,
    inspection.plan.units.filter((unit) => !namesOf(unit).some((name) => refused.has(name))),
  );
}

export interface ByUnit {
  readonly going: readonly Unit[];
  readonly refused: readonly { readonly unit: Unit; readonly problem: Problem }[];
}

/**
 * What is refused of one unit is nothing to those beside it. A refusal that names no stack is about all of them: another account, a check of the commit, a
 * closed window, a hold or a freeze of the environment, its limits over the whole run, and its approvals. Those are asked of every change that is on the
 * branch and not live; so are owners, since a change may bring more than its stacks' folders, and what it brings the next ones rest on.
 */
export function byUnit({ plan: { units, environment } }: Inspection, { refusals }: Pick<Verdict, "refusals">): ByUnit {
  const owned = new Set(units.flatMap(namesOf));
  if (refusals.some(({ stack }) => stack === undefined || !owned.has(stack))) return { going: [], refused: [] };
  const refused = units.flatMap((unit) => {
    const names = namesOf(unit);
    const [first, ...more] = refusals.filter(({ stack }) => stack !== undefined && names.includes(stack));
    if (first === undefined) return [];
    const problem = new Problem(first.code, {
      what: `${first.reason}${more.length > 0 ? ` (and ${more.length} more)` : ""}`,
      on: first.on ?? `${environment}.${first.stack ?? ""}`,
      todo: `Nothing of it was touched. ${first.todo}`,
    });
    return [{ unit, problem }];
  });
  const aside = new Set(refused.map(({ unit }) => unit));
  return { going: units.filter((unit) => !aside.has(unit)), refused };
}
