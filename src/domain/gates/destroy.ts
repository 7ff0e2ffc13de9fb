import type { ResourceChange } from "../changes/index.ts";
import { countingApprovals } from "./approvals.ts";
import { destroyedBy, ownedIn } from "./destroyed.ts";
import { madeAgain, namedAgain } from "./made-again.ts";
import { isPrecious, namedPrecious } from "./precious.ts";
import type { Beside, GateQuestion, JudgedStack } from "./question.ts";
import { counted, mentions, refuses, type Rule } from "./rule.ts";
import { refusal, type Refusal } from "./verdict.ts";

/** What of one stack would go, and of how much. */
interface Going {
  readonly destroyed: number;
  readonly existing: number;
}

interface Counted extends Going {
  readonly judged: JudgedStack;
}

interface Limits {
  readonly count: number;
  readonly percent: number;
}

function limitsOf(question: GateQuestion, judged: JudgedStack): Limits {
  return (judged.affected.stack.guards ?? question.environment.guards).maxDestroy;
}

/** Over either limit. Percent says nothing of a single resource (every replace in a stack of three would be over), nor of a stack that is retired. */
function overLimit(limits: Limits, { destroyed, existing }: Going, isRetired = false): string | undefined {
  if (destroyed > limits.count) return `${counted(destroyed, "resource")} would be destroyed, ${limits.count} may be`;
  if (isRetired || destroyed < 2 || existing === 0) return undefined;
  const percent = (100 * destroyed) / existing;
  return percent > limits.percent
    ? `${destroyed} of ${counted(existing, "resource")} would be destroyed (${Math.round(percent)} %), ${limits.percent} % may be`
    : undefined;
}

const overTotal = ({ destroyed, stacks }: Beside, count: number): string =>
  `${counted(destroyed, "resource")} of ${counted(stacks, "stack")} would be destroyed, ${count} may be`;

/** Why one stack on a way back may not lose so much, by itself or with what the others lost before it; undefined where it may. A replace counts. */
export function tooMuchOnTheWayBack(
  { stack, environment }: { readonly stack: Limits; readonly environment: Limits },
  going: Going,
  beside: Beside,
): string | undefined {
  const total = { destroyed: going.destroyed + beside.destroyed, stacks: 1 + beside.stacks };
  const isOver = going.destroyed > 0 && total.destroyed > environment.count;
  return overLimit(stack, going) ?? (isOver ? overTotal(total, environment.count) : undefined);
}

function tooMuch(reason: string, stack?: string): Refusal {
  return refusal("destroys too much", {
    ...(stack === undefined ? {} : { stack }),
    reason: `${reason} (a replace counts)`,
    todo: "Split the change, or raise guards.maxDestroy in a change of its own, reviewed and applied before this one.",
  });
}

/** `maxDestroy`, per stack and over all stacks of the run, those that are not judged here among them. What destroys nothing is not refused for others. */
export const maxDestroyRule: Rule = (question) => {
  const all = question.stacks.map((judged): Counted => ({
    judged,
    destroyed: destroyedBy(judged).length,
    existing: ownedIn(judged.state).length,
  }));
  const perStack = all.flatMap((one) => {
    const reason = overLimit(limitsOf(question, one.judged), one, one.judged.affected.action === "destroy");
    return reason === undefined ? [] : [tooMuch(reason, one.judged.affected.stack.name)];
  });
  const own = all.reduce((sum, one) => sum + one.destroyed, 0);
  const beside = question.beside ?? { destroyed: 0, stacks: 0 };
  const total = own + beside.destroyed;
  const { count } = question.environment.guards.maxDestroy;
  if (perStack.length > 0 || own === 0 || total <= count) return refuses(perStack);
  const stacks = all.filter((one) => one.destroyed > 0).length + beside.stacks;
  return refuses([tooMuch(overTotal({ destroyed: total, stacks }, count))]);
};

/**
 * Whether nothing of what is there stays. Asked per urn: a replacement that was cut off half-way leaves an object twice in the state, the new one and the
 * old one that is still to be deleted. While the new one stays a change set calls that a replacement, and a deletion where both go.
 */
function emptied(existing: readonly { readonly urn: string }[], changes: readonly ResourceChange[]): boolean {
  const deleted = new Set(changes.filter(({ operation }) => operation === "delete").map(({ urn }) => urn));
  return existing.every(({ urn }) => deleted.has(urn));
}

/** A wrong account, an empty list, a program that returned early: whatever the reason, an emptied stack is only meant when `retire` says so. */
export const emptyingRule: Rule = ({ stacks, environment }) =>
  refuses(
    stacks.flatMap((judged) => {
      const existing = ownedIn(judged.state);
      if (judged.affected.action !== "apply" || existing.length === 0 || !emptied(existing, judged.changes?.resources ?? [])) return [];
      const { name } = judged.affected.stack;
      return [
        refusal("empties a stack", {
          stack: name,
          reason: `all ${counted(existing.length, "resource")} of the stack would be deleted`,
          todo: `If that is meant: remove "${name}" from stacks and write retire: { "${name}": "destroy" } in environments/${environment.name}/environment.ts.`,
        }),
      ];
    }),
  );

/** Whether somebody who may approve has seen exactly what this stack's run would do. */
function wasSeen({ affected, approved }: JudgedStack, { environment, approvals }: GateQuestion): boolean {
  const { from } = affected.stack.approvals ?? environment.approvals;
  return approved !== undefined && approved.kind !== "different" && countingApprovals(approvals ?? [], from).length > 0;
}

function whoMay({ affected: { stack } }: JudgedStack, { environment }: GateQuestion): string {
  const { from } = stack.approvals ?? environment.approvals;
  return from.length === 0 ? "somebody" : `one of ${from.join(", ")}`;
}

function lossOf(change: ResourceChange): string {
  const perhaps = change.undiffed === true ? ", perhaps: its provider's own settings are not known before it runs" : "";
  return `${change.operation} of ${namedPrecious(change)}${perhaps}`;
}

/** What holds data, or was marked as not to be lost, goes only when a person who may approve has seen exactly that. */
export const statefulRule: Rule = (question) =>
  refuses(
    question.stacks.flatMap((judged) => {
      const precious = destroyedBy(judged).filter(isPrecious);
      if (precious.length === 0 || wasSeen(judged, question)) return [];
      return [
        refusal("stateful", {
          stack: judged.affected.stack.name,
          reason: `what holds data would be lost: ${mentions(precious.map(lossOf))}`,
          todo: `Let ${whoMay(judged, question)} approve exactly this change set, or keep the resource.`,
        }),
      ];
    }),
  );

/**
 * What held data and is gone is not made again, empty, on the way: an empty one hides that the data is lost, and what is written to it stands in the way of
 * a restore. A guard of its own: whoever says that an empty one will do has said nothing of what is replaced because of it.
 */
export const goneRule: Rule = (question) =>
  refuses(
    question.stacks.flatMap((judged) => {
      const again = madeAgain({ gone: judged.gone ?? [], changes: judged.changes?.resources ?? [], state: judged.state });
      if (again.length === 0 || wasSeen(judged, question)) return [];
      const apart = again.some(({ as }) => as.length > 0) ? " in a change before the one that makes another" : "";
      return [
        refusal("gone", {
          stack: judged.affected.stack.name,
          reason: `what held data is gone from the cloud, and would be made again without it: ${mentions(again.map(namedAgain))}`,
          todo: `Restore it by hand and import it, or remove it from the program${apart}. Where an empty one will do: let ${whoMay(judged, question)} approve exactly this change set, or --override gone --reason "…"`,
        }),
      ];
    }),
  );
