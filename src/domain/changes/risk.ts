import type { ResourceChange } from "./change-set.ts";

/**
 * Risk classes, worst first: the order of everything a person reads, and the measure of "no worse than approved".
 * `policy` (a mandatory failure) and `drift` are never the class of one planned change; they place policy findings and drift in the same order.
 */
export const riskOrder = ["policy", "replace-stateful", "delete", "replace", "drift", "update", "create", "none"] as const;
export type Risk = (typeof riskOrder)[number];

/** A replaced protected resource ranks as stateful: somebody marked it as not to be lost. Import only adopts (create); read changes nothing (none). */
export function riskOf(change: ResourceChange): Risk {
  switch (change.operation) {
    case "replace":
      return change.stateful || change.protected ? "replace-stateful" : "replace";
    case "delete":
    case "update":
    case "create":
      return change.operation;
    case "import":
      return "create";
    case "read":
      return "none";
  }
}

/** Negative when `a` is the worse of the two; sorts worst first. */
export function compareRisk(a: Risk, b: Risk): number {
  return riskOrder.indexOf(a) - riskOrder.indexOf(b);
}
