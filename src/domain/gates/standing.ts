import type { StackDeclaration } from "../environments/index.ts";
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

export const holdRule: Rule = ({ environment, holds, stacks }) => {
  const names = new Set(stacks.map(({ affected }) => affected.stack.name));
  return refuses(
    (holds ?? [])
      .filter((hold) => hold.stack === undefined || names.has(hold.stack))
      .map((hold) =>
        refusal("hold", {
          ...(hold.stack === undefined ? {} : { stack: hold.stack }),
          reason: `held by ${hold.by}: ${hold.reason}`,
          todo: `Ask ${hold.by} to lift the hold of ${hold.stack ?? environment.name}.`,
        }),
      ),
  );
};

/** What is unknown now is judged again before its wave. */
export const unknownRule: Rule = ({ stacks }) => ({
  refusals: [],
  notes: stacks.flatMap(({ affected, until }) =>
    until === undefined || until.length === 0
      ? []
      : [`${affected.stack.name} is unknown until ${until.join(", ")} ${until.length === 1 ? "is" : "are"} applied`],
  ),
});
