export {
  making,
  policyName,
  type ChangeSet,
  type Diagnostic,
  type DriftFinding,
  type DriftKind,
  type Operation,
  type PolicyFinding,
  type PropertyChange,
  type ResourceChange,
  type Shown,
} from "./change-set.ts";
export { joinedChanges } from "./joined.ts";
export { alertsFrom, pageOf } from "./alert.ts";
export { beyondRepair, type Reach } from "./reach.ts";
export { compareRisk, riskOf, riskOrder, type Risk } from "./risk.ts";
export { findingId, isMeant, knownFindings, type Meant } from "./finding-id.ts";
export { ruleWarnings, siftDrift, type DriftRule, type RulesOfStack, type Sifted } from "./ignore.ts";
export { closeFindings, isOtherMemory, keptOf, remember, tried, type ClosedPath, type KeptFinding, type KeptPath, type Memory } from "./memory.ts";
export { configLiterals, jsonLiterals, scriptLiterals, type Literal, type Moved } from "./literals.ts";
export { isStateful } from "./stateful.ts";
export { turnOf, type Turn } from "./turn.ts";
export { askedLater } from "./undiffed.ts";
