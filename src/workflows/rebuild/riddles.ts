import { Problem } from "../../base/problem/index.ts";
import type { Find } from "../../domain/rebuilding/index.ts";
import type { Ground, Place } from "./ground.ts";

type Riddle = Extract<Find, { kind: "ask" }>;

/** What only a person can know, with the exact words by which one says it. Making it could make a second one. */
export function riddleProblem({ request }: Pick<Ground, "request">, { stack }: Pick<Place, "stack">, riddles: readonly Riddle[]): Problem {
  const [first] = riddles;
  const { environment } = request;
  const many = riddles.length === 1 ? "" : `, and ${riddles.length - 1} more`;
  const urn = first?.urn ?? "";
  const several = riddles.some(({ isOneOfSeveral = false }) => isOneOfSeveral)
    ? " Of several that it may be delete what should not be there: what nobody names stays in the cloud, and in no state."
    : "";
  return new Problem("GUARD_REFUSED", {
    what: `whether ${urn} still exists cannot be known: ${first?.because ?? ""}${many}`,
    on: `${environment}.${stack.name}`,
    todo: `Nothing of it was made. Look in the cloud, then the same command with --exists '${urn}=ID' or --absent '${urn}' for each; if nothing of the stack is there any more: --gone ${stack.name}.${several}`,
  });
}

/** Objects that are there and cannot be brought into the state: without them a run would make them a second time. */
export function cannotTake(
  { request }: Pick<Ground, "request">,
  { stack }: Pick<Place, "stack">,
  { takes, because }: { readonly takes: readonly Extract<Find, { kind: "take" }>[]; readonly because: string },
): Problem {
  const [first] = takes;
  const named = first === undefined ? "what is left of it" : `${first.urn} (${first.id})${takes.length > 1 ? ` and ${takes.length - 1} more` : ""}`;
  const byHand =
    first === undefined
      ? ""
      : ` Or take it in by hand: pulumi import -s ${stack.pulumiStack} ${typeIn(first.urn)} ${nameIn(first.urn)} ${first.id}; then the same command again.`;
  return new Problem("GUARD_REFUSED", {
    what: `${named} could not be taken into the state: ${because}`,
    on: `${request.environment}.${stack.name}`,
    todo: `Nothing of it was made. Mend that and run the same command again.${byHand}`,
  });
}

const typeIn = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";
const nameIn = (urn: string): string => urn.split("::").slice(3).join("::");
