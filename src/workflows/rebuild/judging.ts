import { Problem } from "../../base/problem/index.ts";
import { alsoMeant, type EngineOutcome, type StateSummary } from "../../adapters/engine/index.ts";
import type { ChangeSet } from "../../domain/changes/index.ts";
import { judge, rebuildRules, refusalKinds, type Override, type Refusal } from "../../domain/gates/index.ts";
import { holdsOf } from "../inspection/index.ts";
import type { EnvironmentRecord } from "../ledger/index.ts";
import type { Ground, Place } from "./ground.ts";
import type { Asked } from "./request.ts";

/** What one stack is judged by, before anything of it is acted on. */
export interface JudgedPlace {
  readonly place: Place;
  readonly live: EnvironmentRecord | undefined;
  readonly state: Pick<StateSummary, "resources" | "pending">;
  /** undefined: not looked at yet. */
  readonly planned: EngineOutcome | undefined;
  readonly asked: Asked | undefined;
}

export interface Ruled {
  readonly problem: Problem | undefined;
  readonly overridden: readonly { readonly guard: string; readonly by: string; readonly reason: string }[];
}

function overridesOf({ request }: Ground, { place, asked }: JudgedPlace): readonly Override[] {
  if (asked === undefined) return [];
  const kinds = refusalKinds.filter((kind) => request.overrides.includes(kind));
  return kinds.map((guard) => ({ guard, by: asked.by, reason: asked.reason, commit: place.commit }));
}

function recordedIdentity(live: EnvironmentRecord | undefined): Record<string, string> {
  const { cloud, account } = live?.identity ?? {};
  return { ...(cloud === undefined ? {} : { cloud }), ...(account === undefined || account === null ? {} : { account }) };
}

/** Guards that elsewhere wait for an approval, or for another commit: a rebuild has neither, and whoever runs it is asked. */
const passable: ReadonlySet<string> = new Set(["stateful", "destroys too much"]);

function problemOf({ request }: Ground, { stack, commit }: Place, { kind, code, reason, todo }: Refusal): Problem {
  const { environment } = request;
  const guard = kind.includes(" ") ? `'${kind}'` : kind;
  const how = passable.has(kind) ? `If that may be so: the same command with --override ${guard} --reason "…"` : todo;
  return new Problem(code, { what: reason, on: `${environment}.${stack.name} at ${commit.slice(0, 7)}`, todo: `Nothing of it was made. ${how}` });
}

/** What the state has and the program of that commit does not: another commit was on the way. A rebuild makes again, and never deletes. */
export function leftOf(planned: EngineOutcome): readonly string[] {
  return planned.changes.resources.flatMap(({ operation, urn }) => (operation === "delete" ? [urn] : []));
}

/** What the engine cannot tell from something that is left would be left too. Without leaving that out, the run would delete it. */
export function refuseBoth({ request }: Pick<Ground, "request">, { stack }: Pick<Place, "stack">, planned: EngineOutcome): Problem | undefined {
  const made = planned.changes.resources.filter(({ operation }) => operation !== "delete" && operation !== "read");
  const found = alsoMeant(
    leftOf(planned),
    [...made, ...(planned.makes ?? [])].map(({ urn }) => urn),
  );
  if (found === undefined) return undefined;
  const [left, other] = [found.urn, found.other].map((urn) => urn.split("::").slice(2).join("::"));
  return new Problem("GUARD_REFUSED", {
    what: `the engine takes ${left}, which came with another commit and is left as it is, for a pattern, and would not make ${other} either`,
    on: `${request.environment}.${stack.name}`,
    todo: `Nothing was made of it; what still exists was taken in. Bring it to git as a whole: trueup apply ${request.environment} --all`,
  });
}

/** What a rebuild would do of what a whole run would. */
function madeOf(planned: EngineOutcome): ChangeSet {
  return { ...planned.changes, resources: planned.changes.resources.filter(({ operation }) => operation !== "delete") };
}

/** What the gates say of one stack of a rebuild, by the rules that are live. */
export function judgePlace(ground: Ground, judged: JudgedPlace): Ruled {
  const { place, live, state, planned } = judged;
  const { environment } = ground.rules;
  const at = ground.estate.clock.now();
  const affected = { stack: place.stack, closureDigest: "", reasons: ["lost"], action: "apply" as const };
  const overrides = overridesOf(ground, judged);
  const verdict = judge(
    {
      environment,
      commit: place.commit,
      action: "drift",
      at,
      stacks: [{ affected, changes: planned === undefined ? undefined : madeOf(planned), state }],
      holds: holdsOf(live, at),
      identity: { recorded: recordedIdentity(live), now: ground.identity },
      overrides,
    },
    rebuildRules,
  );
  const [first] = verdict.refusals;
  const overridden = verdict.overridden.map(({ override: { guard, by, reason } }) => ({ guard, by, reason }));
  return { problem: first === undefined ? undefined : problemOf(ground, place, first), overridden };
}
