export type { ChangeSet, Diagnostic, DriftFinding, DriftKind, Operation, PolicyFinding, PropertyChange, ResourceChange, Shown } from "./change-set.ts";
export { compareRisk, riskOf, riskOrder, type Risk } from "./risk.ts";
export { siftDrift, type Sifted } from "./ignore.ts";
export { isStateful } from "./stateful.ts";
