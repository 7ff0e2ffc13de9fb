import type { StackDeclaration } from "../environments/index.ts";
import { holdVerbs, liftCommand, stops } from "./holds.ts";
import type { Hold, JudgedStack } from "./question.ts";
import { counted, environmentFile, refuses, type Rule } from "./rule.ts";
import { refusal } from "./verdict.ts";

/** The environment acts where it always did: same account, same cluster. First use records what it finds. */
export const identityRule: Rule = ({ identity, environment }) => {
  if (identity === undefined) return refuses([]);
  const { recorded, now } = identity;
  const moved = Object.keys(recorded)
    .filter((part) => recorded[part] !== now[part])
    .sort();
  const fresh = Object.keys(now)
    .filter((part) => !Object.hasOwn(recorded, part))
    .sort();
  return {
    refusals: moved.map((part) =>
      refusal("identity", {
        reason: `${part} is ${now[part] ?? "unknown now"}, but ${environment.name} was always applied to ${recorded[part] ?? ""}`,
        todo: `Check the credentials and kubeconfig of this machine. An environment that moves on purpose is a new one: give it another name.`,
      }),
    ),
    notes: fresh.map((part) => `${part} ${now[part] ?? ""} is recorded as the identity of ${environment.name}`),
  };
};

/** A create that never ended is the only kind of which a refresh cannot tell how it ended: the state has no id to ask for. */
const isCreate = (operation: string): boolean => operation === "creating" || operation === "importing";

function endThem(environment: string, stack: StackDeclaration): string {
  const recover = `trueup recover ${environment} ${stack.name}`;
  return `The next apply finds out how it ended, and so does: ${recover}. What is known of it: ${recover} --explain.`;
}

/** Going on would create a second object beside the one whose creation never ended. */
export const pendingRule: Rule = ({ stacks, environment }) =>
  refuses(
    stacks.flatMap(({ affected: { stack }, state: { pending } }) => {
      const first = pending.find(({ operation }) => isCreate(operation)) ?? pending[0];
      if (first === undefined) return [];
      return [
        refusal("pending operations", {
          stack: stack.name,
          reason: `${counted(pending.length, "operation")} never ended, the first: ${first.operation} ${first.urn}`,
          todo: endThem(environment.name, stack),
        }),
      ];
    }),
  );

export const verifyRule: Rule = (question) => {
  if (!question.environment.verify.required || question.action !== "apply") return refuses([]);
  return refuses(
    question.stacks
      .filter(({ affected }) => affected.action === "apply" && affected.stack.verify.length === 0)
      .map(({ affected: { stack } }) =>
        refusal("verify", {
          stack: stack.name,
          reason: "no way to tell whether this works: the stack has no verify check, and verify.required is set",
          todo: `Give "${stack.name}" a check in ${environmentFile(question)}, such as verify: [{ http: "https://…/healthz" }].`,
        }),
      ),
  );
};

/** A check that never ran is a failure. */
export const checkRule: Rule = ({ environment, action, checks }) => {
  if (action !== "apply") return refuses([]);
  return refuses(
    environment.checks.flatMap(({ name, run }) => {
      const result = checks?.find((one) => one.name === name);
      if (result?.passed === true) return [];
      const reason = result === undefined ? `check ${name} never ran` : `check ${name} failed${result.says === undefined ? "" : `: ${result.says}`}`;
      return [refusal("check", { reason, todo: `Run it with: ${run.join(" ")}` })];
    }),
  );
};

/** What of a run a hold is about: stacks that it names, and of those a pin lets pass what would stay as it is. */
function isHeld(hold: Hold, { affected }: JudgedStack): boolean {
  const { stack, closureDigest, action } = affected;
  if (hold.stack !== undefined && hold.stack !== stack.name) return false;
  return hold.kind !== "pin" || action !== "apply" || hold.pinned?.[stack.name] !== closureDigest;
}

/** Of a whole environment a hold is told also where no stack is left to be held; a pin only where something would change. */
function isTold(hold: Hold, stacks: readonly JudgedStack[]): boolean {
  return stacks.some((one) => isHeld(hold, one)) || (hold.stack === undefined && hold.kind !== "pin");
}

export const holdRule: Rule = ({ environment, holds, stacks, action }) =>
  refuses(
    (holds ?? [])
      .filter((hold) => stops(hold.kind ?? "hold", action) && isTold(hold, stacks))
      .map((hold) => {
        const { kind = "hold", stack, by, reason, until } = hold;
        const ends = until === undefined ? "" : `It ends at ${until}. `;
        return refusal(kind === "freeze" ? "freeze" : "hold", {
          ...(stack === undefined ? {} : { stack }),
          reason: `${holdVerbs[kind].is} by ${by}: ${reason}`,
          todo: `${ends}Ask ${by}, or lift it: ${liftCommand(environment.name, { kind, stack })}`,
        });
      }),
  );

/** What is unknown now is judged again before its wave. */
export const unknownRule: Rule = ({ stacks }) => ({
  refusals: [],
  notes: stacks.flatMap(({ affected, until }) =>
    until === undefined || until.length === 0
      ? []
      : [`${affected.stack.name} is unknown until ${until.join(", ")} ${until.length === 1 ? "is" : "are"} applied`],
  ),
});
