export { previewComment } from "./comment/preview-comment.ts";
export { envelope, apiVersion, type Envelope } from "./envelope.ts";
export { heartbeat, renderPlain, renderTable, type TableRow } from "./terminal/live-table.ts";
export type { Look } from "./terminal/look.ts";
export { commentLimits, type ForgeName, type Limits } from "./limits.ts";
export { countOf, countsText, marks, noCounts, sumOf, type Counts } from "./counts.ts";
export type { Failure, MergeFacts, PreviewInput, PreviewReport, Refusal, StackOutcome, StackReport } from "./preview-report.ts";
