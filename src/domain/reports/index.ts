export { previewComment } from "./comment/preview-comment.ts";
export { commentLimits, type ForgeName, type Limits } from "./limits.ts";
export { countOf, countsText, marks, noCounts, sumOf, type Counts } from "./counts.ts";
export type { Failure, MergeFacts, PreviewInput, PreviewReport, Refusal, StackOutcome, StackReport } from "./preview-report.ts";
