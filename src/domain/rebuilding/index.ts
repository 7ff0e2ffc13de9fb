export { find, type Clues, type Find, type Wanted } from "./find.ts";
export { lossOf, lossWords, type Loss, type LossFacts } from "./loss.ts";
export { planRebuild, type LostStack, type PlannedStack, type RebuildPlan, type RebuildQuestion } from "./plan.ts";
