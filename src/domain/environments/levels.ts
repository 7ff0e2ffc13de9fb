import type { Environment } from "./environment.ts";
import type { Finding } from "./plain.ts";

type Approvals = Environment["approvals"];
type MaxDestroy = Environment["guards"]["maxDestroy"];
type Policies = Environment["policies"];
type Check = Environment["checks"][number];
type Level = Policies["levels"][string];

/** One step down the levels organisation → environment → stack: who says the rule above, and where findings point to below. */
export interface Step {
  readonly upper: string;
  readonly path: string;
  readonly findings: Finding[];
}

export function loosened(step: Step, key: string, values: { readonly above: string; readonly below: string }): void {
  const path = `${step.path}${key}`;
  step.findings.push({
    path,
    what: `${path} is ${values.below}, looser than the ${values.above} of ${step.upper}`,
    todo: `A lower level can only tighten: use ${values.above} or stricter, or change ${step.upper}.`,
  });
}

/** At least the people above; only people that may approve above. An empty list above means anybody. */
export function tightenApprovals(above: Approvals, below: Partial<Approvals> | undefined, step: Step): Approvals {
  const people = tightenPeople(above, below, step);
  if (above.codeOwners === true && below?.codeOwners === false) loosened(step, "approvals.codeOwners", { above: "true", below: "false" });
  if ((below?.codeOwners ?? above.codeOwners) !== true) return people;
  if (people.min === 0) {
    step.findings.push({
      path: `${step.path}approvals.codeOwners`,
      what: "approvals.codeOwners is true, and approvals.min asks for nobody",
      todo: "Set approvals.min to 1 or more, or leave codeOwners out.",
    });
  }
  return { ...people, codeOwners: true };
}

function tightenPeople(above: Approvals, below: Partial<Approvals> | undefined, step: Step): Approvals {
  const min = below?.min ?? above.min;
  if (min < above.min) loosened(step, "approvals.min", { above: String(above.min), below: String(min) });
  const from = below?.from ?? above.from;
  const stranger = above.from.length === 0 ? undefined : from.find((who) => !above.from.includes(who));
  if (stranger !== undefined || (from.length === 0 && above.from.length > 0)) {
    loosened(step, "approvals.from", { above: above.from.join(", "), below: stranger ?? "anybody" });
  }
  return { min, from };
}

/** Organisations that say nothing: no limit, so that an environment's own default stands. */
export const unlimited: MaxDestroy = { count: Number.MAX_SAFE_INTEGER, percent: 100 };
const cautious: MaxDestroy = { count: 10, percent: 50 };

export function tightenDestroy(above: MaxDestroy, below: Partial<MaxDestroy> | undefined, step: Step): MaxDestroy {
  const inherited = above.count === unlimited.count && above.percent === unlimited.percent ? cautious : above;
  const result = { count: below?.count ?? inherited.count, percent: below?.percent ?? inherited.percent };
  if (result.count > above.count) loosened(step, "guards.maxDestroy.count", { above: String(above.count), below: String(result.count) });
  if (result.percent > above.percent) loosened(step, "guards.maxDestroy.percent", { above: `${above.percent} %`, below: `${result.percent} %` });
  return result;
}

export function tightenRequired(above: boolean, below: boolean | undefined, step: Step): boolean {
  if (above && below === false) loosened(step, "verify.required", { above: "true", below: "false" });
  return below ?? above;
}

const strictness: Record<Level, number> = { disabled: 0, advisory: 1, mandatory: 2 };

/** Packs add up; a level can rise, not fall. */
export function tightenPolicies(above: Policies, below: Partial<Policies> | undefined, step: Step): Policies {
  for (const [policy, level] of Object.entries(below?.levels ?? {})) {
    const upper = above.levels[policy];
    if (upper !== undefined && strictness[level] < strictness[upper]) loosened(step, `policies.levels.${policy}`, { above: upper, below: level });
  }
  return { packs: [...new Set([...above.packs, ...(below?.packs ?? [])])], levels: { ...above.levels, ...below?.levels } };
}

/** Checks add up; one of the same name cannot be put in place of another. */
export function tightenChecks(above: readonly Check[], below: readonly Check[], step: Step): readonly Check[] {
  const added = below.filter((check) => {
    const same = above.find((each) => each.name === check.name);
    if (same !== undefined && JSON.stringify(same.run) !== JSON.stringify(check.run)) {
      loosened(step, `checks.${check.name}`, { above: same.run.join(" "), below: check.run.join(" ") });
    }
    return same === undefined;
  });
  return [...above, ...added];
}
