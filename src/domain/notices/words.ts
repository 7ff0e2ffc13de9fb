import { oneLine } from "../reports/index.ts";
import type { IncidentKey } from "./incidents.ts";
import type { Notice } from "./decide.ts";

/** So many incidents are told one by one, of a message's beginning as of its end; the rest is counted. */
export const mostTold = 20;
export const longestWhat = 400;
export const longestTodo = 300;

const words = { failed: "failed", drift: "has drifted", refused: "was refused" } as const;

/** "dev.shop", or "dev". */
export function placeOf(environment: string, { stack }: Pick<IncidentKey, "stack">): string {
  return oneLine(stack === "" ? environment : `${environment}.${stack}`, 100);
}

/** "dev.shop has drifted". */
export function claimOf(environment: string, incident: IncidentKey): string {
  return `${placeOf(environment, incident)} ${words[incident.kind]}`;
}

/** "dev.shop has drifted, 2 more; over: dev.data failed" on one line, for where there is room for no more. */
export function headline({ environment, opened, resolved, good }: Notice): string {
  const some = (all: readonly IncidentKey[]): string => {
    const [first, ...more] = all;
    if (first === undefined) return "";
    return `${claimOf(environment, first)}${more.length === 0 ? "" : `, and ${more.length} more`}`;
  };
  const over = some(resolved);
  const parts = [some(opened), over === "" ? "" : `over: ${over}`, good === undefined ? "" : `${oneLine(environment, 60)} is at ${good.commit.slice(0, 7)}`];
  return parts.filter((part) => part !== "").join("; ");
}
